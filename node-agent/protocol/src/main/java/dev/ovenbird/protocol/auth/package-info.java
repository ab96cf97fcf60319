/** User names and passwords: who decides on them, and the tokens that stand for them afterwards. */
@NullMarked
package dev.ovenbird.protocol.auth;

import org.jspecify.annotations.NullMarked;
