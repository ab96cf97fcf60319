package dev.ovenbird.protocol.session;

/**
 * A piece of work too slow for the packet thread: a step of a TLS handshake, a key derivation. The
 * host runs it on any other thread and hands it back to the endpoint that submitted it.
 */
public interface SlowTask extends Runnable {}
