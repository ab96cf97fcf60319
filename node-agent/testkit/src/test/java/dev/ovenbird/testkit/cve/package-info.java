/**
 * One test for each hole in OpenVPN's history that a whole session could repeat
 * (docs/hardening.md).
 */
@NullMarked
package dev.ovenbird.testkit.cve;

import org.jspecify.annotations.NullMarked;
