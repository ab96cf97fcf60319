/** What is said inside TLS: key method 2, peer info, push, and the other text messages. */
@NullMarked
package dev.ovenbird.protocol.message;

import org.jspecify.annotations.NullMarked;
