/** VpnClients on a real API server: addresses, profiles, rosters. */
@NullMarked
package dev.ovenbird.e2e.operator.client;

import org.jspecify.annotations.NullMarked;
