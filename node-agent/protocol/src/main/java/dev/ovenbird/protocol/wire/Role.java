package dev.ovenbird.protocol.wire;

/** Which end of the TLS session this is; every key direction follows from it (digest section 0). */
public enum Role {
  SERVER,
  CLIENT;

  public Role peer() {
    return this == SERVER ? CLIENT : SERVER;
  }
}
