/** OpenSSL's libcrypto, where the machine has it: AEAD ciphers on native memory. */
@NullMarked
package dev.ovenbird.linux.crypto;

import org.jspecify.annotations.NullMarked;
