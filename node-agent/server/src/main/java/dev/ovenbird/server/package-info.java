/** The embeddable VPN server and client: start at OvenbirdServer and OvenbirdClient. */
@NullMarked
package dev.ovenbird.server;

import org.jspecify.annotations.NullMarked;
