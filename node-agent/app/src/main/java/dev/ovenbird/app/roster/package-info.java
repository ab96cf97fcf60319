/** Who may connect and what they are told: the roster behind the protocol's admission. */
@NullMarked
package dev.ovenbird.app.roster;

import org.jspecify.annotations.NullMarked;
