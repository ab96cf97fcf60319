package dev.ovenbird.server.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.PeerTrust;
import dev.ovenbird.protocol.tls.PublicKeyLibrary;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.testkit.TestPki;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicKeyChoiceTest {
  private static final long NOW = 1_800_000_000L;
  private static final TestPki PKI = new TestPki(new SecureRandom(), NOW);
  private static final PublicKeyLibrary LIBCRYPTO = new LibcryptoPublicKeys();

  private static class Wrong extends Delegate {
    @Override
    public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
      return true;
    }
  }

  private static class Delegate implements PublicKeyLibrary {
    @Override
    public String name() {
      return "other";
    }

    @Override
    public @Nullable SigningKey signingKey(byte[] pkcs8) {
      return LIBCRYPTO.signingKey(pkcs8);
    }

    @Override
    public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
      return LIBCRYPTO.verifies(curve, point, digest, signature);
    }

    @Override
    public boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature) {
      return LIBCRYPTO.verifiesRsaPss(publicKey, digest, signature);
    }

    @Override
    public Ephemeral x25519(byte[] privateKey) {
      return LIBCRYPTO.x25519(privateKey);
    }
  }

  @Test
  void libcrypto_is_chosen_where_the_machine_has_it() {
    PublicKeyLibrary chosen = Objects.requireNonNull(PublicKeyChoice.best());
    assertThat(chosen.name()).startsWith("libcrypto (OpenSSL 3.");
    assertThat(PublicKeyChoice.best()).isSameAs(chosen);
  }

  @Test
  void library_that_believes_every_signature_is_not_chosen() {
    assertThat(PublicKeyChoice.isRight(new Delegate())).isTrue();
    assertThat(PublicKeyChoice.isRight(new Wrong())).isFalse();
  }

  @Test
  void library_that_agrees_on_other_secrets_is_not_chosen() {
    assertThat(
            PublicKeyChoice.isRight(
                new Delegate() {
                  @Override
                  public Ephemeral x25519(byte[] privateKey) {
                    byte[] other = privateKey.clone();
                    other[3] ^= 1;
                    return super.x25519(other);
                  }
                }))
        .isFalse();
  }

  private static boolean shakesHands(boolean server, boolean client, TlsVersion version) {
    PeerTrust trust = PeerTrust.authorities(PKI.anchors());
    SecureRandom random = new SecureRandom();
    try (TlsEngine ours =
            new BcTlsServerEngineFactory(
                    random,
                    () -> NOW,
                    PKI.server("server"),
                    trust,
                    TlsVersion.TLS12,
                    () -> server ? LIBCRYPTO : null)
                .create();
        TlsEngine theirs =
            new BcTlsClientEngineFactory(
                    random,
                    () -> NOW,
                    PKI.client("alice"),
                    trust,
                    "server",
                    version,
                    version,
                    () -> client ? LIBCRYPTO : null)
                .create()) {
      theirs.start();
      for (int i = 0; i < 8; i++) {
        ours.offer(theirs.takeOutput());
        theirs.offer(ours.takeOutput());
      }
      assertThat(ours.failure()).isNull();
      assertThat(theirs.failure()).isNull();
      assertThat(ours.exportDataKeys()).isEqualTo(theirs.exportDataKeys());
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true,false,TLS13",
    "false,true,TLS13",
    "true,true,TLS13",
    "true,false,TLS12",
    "false,true,TLS12",
    "true,true,TLS12"
  })
  void handshakes_with_bouncycastle_and_with_itself_end_well(
      boolean server, boolean client, TlsVersion version) {
    assertThat(shakesHands(server, client, version)).isTrue();
  }

  @Test
  void several_threads_shake_hands_at_once() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Boolean> several =
          () ->
              Stream.generate(() -> shakesHands(true, true, TlsVersion.TLS13))
                  .limit(10)
                  .allMatch(each -> each);
      for (var each : threads.invokeAll(Collections.nCopies(4, several))) {
        assertThat(each.get()).isTrue();
      }
    }
  }
}
