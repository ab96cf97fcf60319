/**
 * One test for each hole in OpenVPN's history that a parser or a key could repeat
 * (docs/hardening.md).
 */
@NullMarked
package dev.ovenbird.protocol.cve;

import org.jspecify.annotations.NullMarked;
