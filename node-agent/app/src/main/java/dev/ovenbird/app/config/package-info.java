/** The instance's configuration: read strictly, checked whole, watched, mapped to the server's. */
@NullMarked
package dev.ovenbird.app.config;

import org.jspecify.annotations.NullMarked;
