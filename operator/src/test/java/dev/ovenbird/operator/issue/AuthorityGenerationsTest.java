package dev.ovenbird.operator.issue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.protocol.wrap.StaticKey;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Server keys and the keys that legacy profiles share, among the authorities' texts. */
class AuthorityGenerationsTest {
  private static final String CLUSTER = "06504550-b5f9-4e00-b066-aa18575f5200";

  private final SecureRandom random = new SecureRandom();
  private final AuthorityGenerations first =
      AuthorityGenerations.first(
          1,
          CertificateAuthority.generate(
              CLUSTER,
              new Pki.PrivateKey(Pki.KeyAlgorithm.ECDSA, 256),
              random,
              Instant.parse("2026-11-22T12:00:00Z")),
          1,
          random);

  @Test
  void server_keys_have_generations_of_which_the_newest_stays() throws Exception {
    AuthorityGenerations third = first.withServerKeys(3, random);
    assertThat(third.serverKeys()).extracting(ServerKey::generation).containsExactly(3, 2, 1);
    assertThat(third.withServerKeys(2, random)).isSameAs(third);
    assertThat(third.serverKeys()).extracting(ServerKey::pem).doesNotHaveDuplicates();
    AuthorityGenerations read = AuthorityGenerations.parse(CLUSTER, third.texts(), random);
    assertThat(read.issued().serverKeys()).isEqualTo(third.serverKeys());
    assertThat(read.fromServerKey(2).serverKeys()).isEqualTo(third.serverKeys().subList(0, 2));
    AuthorityGenerations last = read.fromServerKey(9);
    assertThat(last.serverKeys()).isEqualTo(third.serverKeys().subList(0, 1));
    assertThat(last.texts())
        .containsKey("tls-crypt-v2-3.key")
        .doesNotContainKey("tls-crypt-v2-1.key");
    assertThat(last.withServerKeys(4, random).serverKeys().getFirst().generation()).isEqualTo(4);
    assertThat(third.toString() + third.serverKeys()).doesNotContain("BEGIN");
  }

  @Test
  void a_fifth_server_key_waits_until_an_older_one_has_gone() {
    AuthorityGenerations four = first.withServerKeys(9, random);
    assertThat(four.serverKeys()).extracting(ServerKey::generation).containsExactly(4, 3, 2, 1);
    assertThat(four.fromServerKey(3).withServerKeys(5, random).serverKeys())
        .extracting(ServerKey::generation)
        .containsExactly(5, 4, 3);
  }

  @Test
  void static_key_is_made_once_and_read_back() throws Exception {
    assertThat(first.issued().staticKeys()).isEmpty();
    AuthorityGenerations with = first.withStaticKey(random);
    assertThat(with.withStaticKey(random)).isSameAs(with);
    assertThat(with.texts()).containsKey("static-1.key");
    AuthorityGenerations read = AuthorityGenerations.parse(CLUSTER, with.texts(), random);
    assertThat(read.issued().staticKeys()).isEqualTo(with.issued().staticKeys());
    assertThat(read.texts()).isEqualTo(with.texts());
    assertThat(read.withStaticKey(random)).isSameAs(read);
    assertThat(read.from(1).issued().staticKeys()).hasSize(1);
  }

  @Test
  void of_several_static_keys_the_highest_number_comes_first() throws Exception {
    Map<String, String> texts = new TreeMap<>(first.withStaticKey(random).texts());
    String newer = StaticKey.random(random).toPem();
    texts.put("static-2.key", newer);
    assertThat(AuthorityGenerations.parse(CLUSTER, texts, random).issued().staticKeys())
        .containsExactly(newer, texts.get("static-1.key"));
  }

  @Test
  void token_key_is_made_once_and_read_back() throws Exception {
    assertThat(first.issued().tokenKeys()).isEmpty();
    AuthorityGenerations with = first.withTokenKey(random);
    assertThat(with.withTokenKey(random)).isSameAs(with);
    AuthorityGenerations read = AuthorityGenerations.parse(CLUSTER, with.texts(), random);
    assertThat(read.texts()).isEqualTo(with.texts()).containsKey("auth-token-1.key");
    assertThat(read.withTokenKey(random)).isSameAs(read);
    assertThat(read.withStaticKey(random).from(1).issued().tokenKeys()).hasSize(1);
    Map<String, String> texts = new TreeMap<>(with.texts());
    texts.put("auth-token-2.key", "nonsense");
    assertThatThrownBy(() -> AuthorityGenerations.parse(CLUSTER, texts, random))
        .hasMessageContaining("auth-token-2.key");
  }

  @Test
  void damaged_static_key_is_named() {
    Map<String, String> texts = new TreeMap<>(first.texts());
    texts.put("static-1.key", "nonsense");
    assertThatThrownBy(() -> AuthorityGenerations.parse(CLUSTER, texts, random))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("static-1.key");
  }
}
