/** The interop matrix: every client with every server, transport, wrap, TLS and data format. */
@NullMarked
package dev.ovenbird.e2e.interop;

import org.jspecify.annotations.NullMarked;
