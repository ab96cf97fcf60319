package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a handshake is a library's, and what happens where it can't. */
class PublicKeyLibraryTest {
  private static final Ca CA = TestPki.ca("test CA", "EC256");

  /** Notes what it was asked for. */
  private static class Noting implements PublicKeyLibrary {
    final PublicKeyLibrary plain = new PlainPublicKeys();
    final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();

    @Override
    public String name() {
      return "noting";
    }

    @Override
    public @Nullable SigningKey signingKey(byte[] pkcs8) {
      asked.add("key");
      SigningKey key = plain.signingKey(pkcs8);
      return key == null
          ? null
          : (scheme, digest) -> {
            asked.add("sign");
            return key.sign(scheme, digest);
          };
    }

    @Override
    public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
      asked.add("verify");
      return plain.verifies(curve, point, digest, signature);
    }

    @Override
    public boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature) {
      asked.add("verify RSA");
      return plain.verifiesRsaPss(publicKey, digest, signature);
    }

    @Override
    public Ephemeral x25519(byte[] privateKey) {
      asked.add("x25519");
      return plain.x25519(privateKey);
    }
  }

  private static TlsServerEngineFactory server(String kind, PublicKeyLibrary library) {
    return TlsProvider.BOUNCY_CASTLE.server(
        new SecureRandom(),
        () -> TestPki.NOW,
        TestPki.server(CA, kind),
        PeerTrust.authorities(List.of(CA.der())),
        TlsVersion.TLS12,
        () -> library);
  }

  private static Loopback handshake(TlsEngineFactory server, String clientKind) {
    return new Loopback(
            Loopback.client(
                Engines.BOUNCY_CASTLE,
                TestPki.client(CA, clientKind),
                TlsVersion.TLS13,
                null,
                CA.der()),
            server)
        .handshake();
  }

  @Test
  void a_library_agrees_signs_and_verifies_and_gets_the_key_once() {
    Noting library = new Noting();
    TlsEngineFactory server = server("EC256", library);
    assertThat(handshake(server, "EC256").isUp()).isTrue();
    List<String> first = new ArrayList<>(library.asked);
    library.asked.clear();
    assertThat(handshake(server, "EC256").isUp()).isTrue();
    assertThat(first).containsOnlyOnce("key");
    assertThat(library.asked).containsExactly("x25519", "sign", "verify");
  }

  @Test
  void a_library_verifies_clients_with_rsa_keys() {
    Noting library = new Noting();
    assertThat(handshake(server("RSA", library), "RSA").isUp()).isTrue();
    assertThat(library.asked).contains("sign", "verify RSA").doesNotContain("verify");
  }

  @Test
  void clients_with_other_keys_are_verified_by_bouncycastle() {
    Noting library = new Noting();
    assertThat(handshake(server("RSA", library), "ED25519").isUp()).isTrue();
    assertThat(library.asked).contains("sign").doesNotContain("verify", "verify RSA");
  }

  @Test
  void key_that_the_library_cannot_read_signs_by_bouncycastle() {
    Noting library =
        new Noting() {
          @Override
          public @Nullable SigningKey signingKey(byte[] pkcs8) {
            return null;
          }
        };
    assertThat(handshake(server("EC256", library), "EC256").isUp()).isTrue();
    assertThat(library.asked).contains("x25519").doesNotContain("sign");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC256", "EC384", "RSA"})
  void library_that_signs_wrongly_does_not_sign_handshakes(String kind) {
    Noting library =
        new Noting() {
          @Override
          public @Nullable SigningKey signingKey(byte[] pkcs8) {
            SigningKey key = plain.signingKey(TestPki.keys(kind).getPrivate().getEncoded());
            return key;
          }
        };
    assertThat(handshake(server(kind, library), "EC256").isUp()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC256", "EC384", "RSA"})
  void client_whose_signature_the_library_refuses_is_refused(String kind) {
    Noting library =
        new Noting() {
          @Override
          public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
            return false;
          }

          @Override
          public boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature) {
            return false;
          }
        };
    Loopback pair = handshake(server("ED25519", library), kind);
    assertThat(pair.server.failure()).contains("decrypt_error");
    assertThat(pair.server.peer()).isNull();
  }

  @Test
  void secret_of_all_zero_ends_the_handshake() {
    Noting library =
        new Noting() {
          @Override
          public Ephemeral x25519(byte[] privateKey) {
            Ephemeral own = plain.x25519(privateKey);
            return new Ephemeral() {
              @Override
              public byte[] publicKey() {
                return own.publicKey();
              }

              @Override
              public byte @Nullable [] secret(byte[] peer) {
                return own.secret(new byte[32]);
              }

              @Override
              public void close() {}
            };
          }
        };
    Loopback pair = handshake(server("EC256", library), "EC256");
    assertThat(pair.server.failure()).contains("handshake_failure");
  }
}
