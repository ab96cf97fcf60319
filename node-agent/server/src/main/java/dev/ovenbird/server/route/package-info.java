/**
 * Where a tunnel packet goes and whether it may: router, access rules, source checks, MSS clamp.
 */
@NullMarked
package dev.ovenbird.server.route;

import org.jspecify.annotations.NullMarked;
