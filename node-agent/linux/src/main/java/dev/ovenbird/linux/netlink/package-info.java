/** Links, addresses, routes and per-interface settings, by rtnetlink. */
@NullMarked
package dev.ovenbird.linux.netlink;

import org.jspecify.annotations.NullMarked;
