/**
 * One test for each hole in OpenVPN's history that packets or addresses could repeat
 * (docs/hardening.md).
 */
@NullMarked
package dev.ovenbird.server.cve;

import org.jspecify.annotations.NullMarked;
