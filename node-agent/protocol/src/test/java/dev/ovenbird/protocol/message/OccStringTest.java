package dev.ovenbird.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import org.junit.jupiter.api.Test;

class OccStringTest {
  @Test
  void ours_are_those_of_the_lab() {
    assertThat(OccString.server(false, DataAuth.SHA1))
        .isEqualTo(
            "V4,dev-type tun,link-mtu 1541,tun-mtu 1500,proto UDPv4,auth SHA1,"
                + "keysize 128,key-method 2,tls-server");
    assertThat(OccString.server(false, DataAuth.SHA256))
        .contains("link-mtu 1553,")
        .contains(",auth SHA256,");
    assertThat(OccString.client(true, DataAuth.SHA512, CompressionFraming.NONE))
        .contains("proto TCPv4_CLIENT,auth SHA512,")
        .endsWith("tls-client");
    assertThat(OccString.client(false, DataAuth.SHA1, CompressionFraming.LZO))
        .contains("proto UDPv4,comp-lzo,auth");
  }

  @Test
  void cipher_and_digest_of_a_peer_are_read_unless_they_are_none() {
    String occ = "V4,dev-type tun,comp-lzo,cipher AES-256-CBC,auth SHA512,keysize 256,tls-client";
    assertThat(OccString.cipherOf(occ)).isEqualTo("AES-256-CBC");
    assertThat(OccString.authOf(occ)).isEqualTo("SHA512");
    assertThat(OccString.cipherOf("V4,cipher [null-cipher],auth [null-digest]")).isNull();
    assertThat(OccString.authOf("V4,cipher [null-cipher],auth [null-digest]")).isNull();
    assertThat(OccString.cipherOf("V4,cipher,ciphers X,xcipher Y")).isNull();
    assertThat(OccString.cipherOf("")).isNull();
  }

  @Test
  void compression_is_a_word_of_its_own() {
    assertThat(OccString.framesForCompression("V4,proto UDPv4,comp-lzo,auth SHA1")).isTrue();
    assertThat(OccString.framesForCompression("V4,comp-lzo")).isTrue();
    assertThat(OccString.framesForCompression("V4,xcomp-lzo,comp-lzo-not")).isFalse();
  }
}
