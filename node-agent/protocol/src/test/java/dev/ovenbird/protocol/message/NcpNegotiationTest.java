package dev.ovenbird.protocol.message;

import static dev.ovenbird.protocol.data.DataCipher.AES_128_GCM;
import static dev.ovenbird.protocol.data.DataCipher.AES_256_GCM;
import static dev.ovenbird.protocol.data.DataCipher.CHACHA20_POLY1305;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.DataCipher;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NcpNegotiationTest {
  private static final List<DataCipher> DEFAULT =
      List.of(AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305);

  private static @Nullable DataCipher choose(List<DataCipher> server, String info, String occ) {
    return NcpNegotiation.choose(server, PeerInfo.parse(info), occ);
  }

  @Test
  void the_servers_order_decides() {
    String client = "IV_CIPHERS=CHACHA20-POLY1305:AES-128-GCM:AES-256-GCM";
    assertThat(choose(DEFAULT, client, "")).isEqualTo(AES_256_GCM);
    assertThat(choose(List.of(CHACHA20_POLY1305, AES_256_GCM), client, ""))
        .isEqualTo(CHACHA20_POLY1305);
  }

  @Test
  void ncp_2_means_the_two_gcm_ciphers() {
    assertThat(choose(DEFAULT, "IV_NCP=2", "")).isEqualTo(AES_256_GCM);
    assertThat(choose(List.of(CHACHA20_POLY1305), "IV_NCP=2", "")).isNull();
    assertThat(choose(DEFAULT, "IV_NCP=1", "")).isNull();
  }

  @Test
  void the_cipher_of_the_options_string_counts_only_without_iv_ciphers() {
    String occ = "V4,dev-type tun,cipher AES-128-GCM,auth [null-digest],tls-client";
    assertThat(choose(DEFAULT, "", occ)).isEqualTo(AES_128_GCM);
    assertThat(choose(List.of(AES_128_GCM), "IV_CIPHERS=AES-256-GCM", occ)).isNull();
    assertThat(choose(DEFAULT, "", "V4,cipher BF-CBC")).isNull();
    assertThat(choose(DEFAULT, "", "V4,xcipher AES-128-GCM")).isNull();
  }

  @Test
  void only_clients_that_negotiate_get_the_cipher_pushed() {
    assertThat(NcpNegotiation.pushesCipher(PeerInfo.parse("IV_NCP=2"))).isTrue();
    assertThat(NcpNegotiation.pushesCipher(PeerInfo.parse("IV_CIPHERS=AES-256-GCM"))).isTrue();
    assertThat(NcpNegotiation.pushesCipher(PeerInfo.EMPTY)).isFalse();
  }

  @Test
  void our_options_strings_are_those_of_the_lab() {
    assertThat(OccString.server(false))
        .isEqualTo(
            "V4,dev-type tun,link-mtu 1541,tun-mtu 1500,proto UDPv4,auth SHA1,"
                + "keysize 128,key-method 2,tls-server");
    assertThat(OccString.client(true)).contains("proto TCPv4_CLIENT").endsWith("tls-client");
    assertThat(OccString.cipherOf(OccString.server(true))).isNull();
  }
}
