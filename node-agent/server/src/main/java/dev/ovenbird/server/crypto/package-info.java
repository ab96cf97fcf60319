/** The data channel's ciphers: libcrypto where it is faster, the JDK's everywhere else. */
@NullMarked
package dev.ovenbird.server.crypto;

import org.jspecify.annotations.NullMarked;
