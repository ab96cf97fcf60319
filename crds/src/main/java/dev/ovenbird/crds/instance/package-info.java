/** What the operator renders for an instance and the agent reads: its config and its roster. */
@NullMarked
package dev.ovenbird.crds.instance;

import org.jspecify.annotations.NullMarked;
