/**
 * Endpoints and sessions: the state machines that join the other packages. Start at ServerEndpoint
 * and ClientEndpoint.
 */
@NullMarked
package dev.ovenbird.protocol.session;

import org.jspecify.annotations.NullMarked;
