/** The same packets to our server and to stock openvpn, and where they answer otherwise. */
@NullMarked
package dev.ovenbird.e2e.differential;

import org.jspecify.annotations.NullMarked;
