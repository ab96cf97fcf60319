package dev.ovenbird.protocol.session;

/** Why a session ended; a metric label. */
public enum CloseReason {
  /** The client said so: OCC exit or EXIT. */
  EXIT,
  /** Nothing authentic came for the keepalive time. */
  PING_TIMEOUT,
  /** The client connected again; the newer session has replaced this one. */
  REPLACED,
  /** The client connected to another instance, which has its addresses now. */
  ELSEWHERE,
  /** The roster no longer admits the client. */
  CUT_OFF,
  /** A renegotiation failed and no usable key was left. */
  NEGOTIATION_FAILED,
  /** Its TCP connection ended. */
  DISCONNECTED,
  /** The server stops. */
  SHUTDOWN
}
