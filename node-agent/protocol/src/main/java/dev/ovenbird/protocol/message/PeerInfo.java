package dev.ovenbird.protocol.message;

/** What a client says of itself (IV_* and UV_* lines of key method 2). */
public final class PeerInfo {
  private PeerInfo() {}
}
