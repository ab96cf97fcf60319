/** The client.ovpn of each client: which instances it lists, in which order, and its text. */
@NullMarked
package dev.ovenbird.operator.profile;

import org.jspecify.annotations.NullMarked;
