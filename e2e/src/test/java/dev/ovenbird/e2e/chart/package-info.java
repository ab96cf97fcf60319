/** The Helm chart: what it renders, and its life on a real cluster. */
@NullMarked
package dev.ovenbird.e2e.chart;

import org.jspecify.annotations.NullMarked;
