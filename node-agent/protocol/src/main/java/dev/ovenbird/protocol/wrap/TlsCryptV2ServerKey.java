package dev.ovenbird.protocol.wrap;

/** A tls-crypt-v2 server key. */
public final class TlsCryptV2ServerKey {
  private TlsCryptV2ServerKey() {}
}
