/** What is fuzzed where it lives: the DNS messages are their package's own. */
@NullMarked
package dev.ovenbird.server.dns;

import org.jspecify.annotations.NullMarked;
