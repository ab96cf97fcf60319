/**
 * From custom resources to what runs: resolve, plan, issue, profile, and local mode that applies
 * it.
 */
@NullMarked
package dev.ovenbird.operator;

import org.jspecify.annotations.NullMarked;
