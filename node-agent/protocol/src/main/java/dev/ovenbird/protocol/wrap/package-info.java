/**
 * The protection of control packets: tls-auth, tls-crypt, tls-crypt-v2, and the stateless cookie.
 */
@NullMarked
package dev.ovenbird.protocol.wrap;

import org.jspecify.annotations.NullMarked;
