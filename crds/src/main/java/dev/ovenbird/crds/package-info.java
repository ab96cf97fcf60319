/** What operator and agent share: the custom resources and what is rendered from them. */
@NullMarked
package dev.ovenbird.crds;

import org.jspecify.annotations.NullMarked;
