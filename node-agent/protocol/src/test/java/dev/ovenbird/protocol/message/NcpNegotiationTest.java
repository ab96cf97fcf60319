package dev.ovenbird.protocol.message;

import static dev.ovenbird.protocol.data.DataCipher.AES_128_CBC;
import static dev.ovenbird.protocol.data.DataCipher.AES_128_GCM;
import static dev.ovenbird.protocol.data.DataCipher.AES_256_CBC;
import static dev.ovenbird.protocol.data.DataCipher.AES_256_GCM;
import static dev.ovenbird.protocol.data.DataCipher.CHACHA20_POLY1305;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NcpNegotiationTest {
  private static final List<DataCipher> DEFAULT =
      List.of(AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305);

  private static @Nullable DataCipher choose(List<DataCipher> server, String info, String occ) {
    DataFormat format = format(server, info, occ, true);
    return format == null ? null : format.cipher();
  }

  private static @Nullable DataFormat format(
      List<DataCipher> server, String info, String occ, boolean exportsKeys) {
    return NcpNegotiation.choose(server, PeerInfo.parse(info), occ, exportsKeys);
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
  void cbc_is_chosen_only_where_it_is_configured_and_with_a_digest_that_is_known() {
    String client = "IV_CIPHERS=AES-256-CBC";
    List<DataCipher> all = List.of(DataCipher.values());
    assertThat(choose(DEFAULT, client, "")).isNull();
    assertThat(format(all, client, "V4,auth SHA256,tls-client", true))
        .isEqualTo(new DataFormat(AES_256_CBC, false, DataAuth.SHA256, CompressionFraming.NONE));
    assertThat(format(all, client, "V4,auth [null-digest]", true))
        .isEqualTo(DataFormat.of(AES_256_CBC));
    assertThat(format(all, client, "V4,auth BLAKE2b512", true)).isNull();
    assertThat(choose(all, "IV_CIPHERS=AES-256-CBC:AES-128-GCM", "")).isEqualTo(AES_128_GCM);
    assertThat(choose(all, "", "V4,cipher AES-128-CBC,auth SHA1")).isEqualTo(AES_128_CBC);
  }

  @Test
  void epochs_need_a_client_that_says_so_an_aead_cipher_exported_keys_and_peer_ids() {
    List<DataCipher> all = List.of(DataCipher.values());
    String gcm = "IV_CIPHERS=AES-256-GCM\nIV_PROTO=";
    assertThat(isEpoch(format(all, gcm + 8094, "", true))).isTrue();
    assertThat(isEpoch(format(all, gcm + 8094, "", false))).isFalse();
    assertThat(isEpoch(format(all, gcm + 990, "", true))).isFalse();
    assertThat(isEpoch(format(all, gcm + (8094 - 2), "", true))).isFalse();
    assertThat(isEpoch(format(all, gcm + (8094 - 128), "", true))).isFalse();
    assertThat(isEpoch(format(all, "IV_CIPHERS=AES-256-CBC\nIV_PROTO=8094", "", true))).isFalse();
  }

  private static boolean isEpoch(@Nullable DataFormat format) {
    return format != null && format.epoch();
  }

  @Test
  void client_with_compression_in_its_profile_is_told_to_leave_it() {
    String stub = "IV_NCP=2\nIV_COMP_STUBv2=1";
    String occ = "V4,dev-type tun,proto UDPv4,comp-lzo,auth SHA1";
    assertThat(framing(stub, occ)).isEqualTo(CompressionFraming.STUB_V2);
    assertThat(framing("IV_NCP=2\nIV_LZO=1", occ)).isEqualTo(CompressionFraming.LZO);
    // A stock client announces what it could do, whatever its profile says.
    assertThat(framing(stub + "\nIV_LZO=1", "V4,auth SHA1")).isEqualTo(CompressionFraming.NONE);
  }

  private static @Nullable CompressionFraming framing(String info, String occ) {
    DataFormat format = format(DEFAULT, info, occ, true);
    return format == null ? null : format.framing();
  }
}
