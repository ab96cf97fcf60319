package dev.ovenbird.testkit;

import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wrap.ClientWrap;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.TlsAuth;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The kinds of control-channel protection, as client and server have them. */
enum Wraps {
  TLS_CRYPT_V2,
  TLS_CRYPT,
  TLS_AUTH_SHA1,
  TLS_AUTH_SHA256,
  TLS_AUTH_SHA512,
  TLS_AUTH_WITHOUT_DIRECTION;

  static final List<Wraps> SHARED =
      List.of(
          TLS_CRYPT, TLS_AUTH_SHA1, TLS_AUTH_SHA256, TLS_AUTH_SHA512, TLS_AUTH_WITHOUT_DIRECTION);

  /** Null for a key of the client's own. */
  @Nullable StaticWrap shared(TestPki pki) {
    return switch (this) {
      case TLS_CRYPT_V2 -> null;
      case TLS_CRYPT -> new StaticWrap.Crypt(pki.staticKey());
      case TLS_AUTH_SHA1 -> new StaticWrap.Auth(pki.staticKey(), TlsAuth.Digest.SHA1, true);
      case TLS_AUTH_SHA256 -> new StaticWrap.Auth(pki.staticKey(), TlsAuth.Digest.SHA256, true);
      case TLS_AUTH_SHA512 -> new StaticWrap.Auth(pki.staticKey(), TlsAuth.Digest.SHA512, true);
      case TLS_AUTH_WITHOUT_DIRECTION ->
          new StaticWrap.Auth(pki.staticKey(), TlsAuth.Digest.SHA1, false);
    };
  }

  ClientWrap of(TestPki pki, String name) {
    StaticWrap shared = shared(pki);
    return shared == null ? pki.clientKey(name) : shared;
  }

  /** A server that takes tls-crypt-v2 and all of the others. */
  static UnaryOperator<ServerConfig> all(TestPki pki, boolean renewed) {
    return config ->
        config.withWraps(
            config
                .wraps()
                .withShared(
                    SHARED.stream().map(wrap -> wrap.shared(pki)).toArray(StaticWrap[]::new))
                .withRenewed(renewed));
  }
}
