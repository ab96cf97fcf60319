/** What is made once and kept: identities, address claims, keys and certificates. */
@NullMarked
package dev.ovenbird.operator.issue;

import org.jspecify.annotations.NullMarked;
