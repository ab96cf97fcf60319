/**
 * One test for each hole in OpenVPN's history that configuration or admission could repeat
 * (docs/hardening.md).
 */
@NullMarked
package dev.ovenbird.app.cve;

import org.jspecify.annotations.NullMarked;
