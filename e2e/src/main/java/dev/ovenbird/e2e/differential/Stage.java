package dev.ovenbird.e2e.differential;

/** How far a client has come when it sends what no client sends. */
public enum Stage {
  /** Nothing has been sent. */
  NEW,
  /** The first packet has been answered. */
  ANSWERED,
  /** The server's part of the TLS handshake has come, and is not acknowledged. */
  HANDSHAKE,
  /** Connected. */
  OPEN
}
