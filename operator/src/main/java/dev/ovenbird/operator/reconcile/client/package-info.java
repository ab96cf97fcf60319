/** From VpnClients to claimed addresses, certificates, profile Secrets and their status. */
@NullMarked
package dev.ovenbird.operator.reconcile.client;

import org.jspecify.annotations.NullMarked;
