/** What lies behind the tunnel: echoes and sinks that count what reaches them. */
@NullMarked
package dev.ovenbird.e2e.service;

import org.jspecify.annotations.NullMarked;
