/** Stock openvpn as client, and as server for comparison. */
@NullMarked
package dev.ovenbird.e2e.client;

import org.jspecify.annotations.NullMarked;
