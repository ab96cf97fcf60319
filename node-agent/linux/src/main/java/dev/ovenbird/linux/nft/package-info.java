/** Firewall tables of an instance, by the nft program. */
@NullMarked
package dev.ovenbird.linux.nft;

import org.jspecify.annotations.NullMarked;
