package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.Role;

/** A key that all clients of a server share: tls-crypt or tls-auth (digest 2.3, 2.4). */
public sealed interface StaticWrap extends ClientWrap {

  /** tls-crypt: encrypted and authenticated. */
  record Crypt(StaticKey key) implements StaticWrap {
    @Override
    public ControlWrap control(Role role) {
      return new TlsCrypt(key, role);
    }
  }

  /**
   * tls-auth: authenticated, in the clear.
   *
   * @param digest the one that {@code --auth} names on both sides
   * @param direction whether the server has key direction 0 and the client 1; else both use one key
   */
  record Auth(StaticKey key, TlsAuth.Digest digest, boolean direction) implements StaticWrap {
    @Override
    public ControlWrap control(Role role) {
      return direction ? new TlsAuth(key, role, digest) : TlsAuth.withoutDirection(key, digest);
    }
  }
}
