/** The programs of docs/embedding.md, as they stand there. */
@NullMarked
package dev.ovenbird.server.embedding;

import org.jspecify.annotations.NullMarked;
