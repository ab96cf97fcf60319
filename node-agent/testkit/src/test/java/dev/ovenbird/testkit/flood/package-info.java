/** What peers do that want to use a server up, and what it costs it. */
@NullMarked
package dev.ovenbird.testkit.flood;

import org.jspecify.annotations.NullMarked;
