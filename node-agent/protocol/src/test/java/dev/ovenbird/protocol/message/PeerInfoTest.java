package dev.ovenbird.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerInfoTest {
  /** As a 2.6.14 of Debian sends it. */
  static final String LAB_2_6 =
      """
      IV_VER=2.6.14
      IV_PLAT=linux
      IV_TCPNL=1
      IV_MTU=1600
      IV_NCP=2
      IV_CIPHERS=AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305
      IV_PROTO=990
      IV_LZO_STUB=1
      IV_COMP_STUB=1
      IV_COMP_STUBv2=1
      """;

  @Test
  void the_lab_client_of_2_6_is_understood() {
    PeerInfo info = PeerInfo.parse(LAB_2_6);
    assertThat(info.version()).isEqualTo("2.6.14");
    assertThat(info.platform()).isEqualTo("linux");
    assertThat(info.mtu()).isEqualTo(1600);
    assertThat(info.ncp()).isEqualTo(2);
    assertThat(info.ciphers()).containsExactly("AES-256-GCM", "AES-128-GCM", "CHACHA20-POLY1305");
    assertThat(info.values()).hasSize(10);
    assertThat(info.supports(IvProto.DATA_V2)).isTrue();
    assertThat(info.supports(IvProto.TLS_KEY_EXPORT)).isTrue();
    assertThat(info.supports(IvProto.DYN_TLS_CRYPT)).isTrue();
    assertThat(info.supports(IvProto.NCP_P2P)).isFalse();
    assertThat(info.supports(IvProto.DATA_EPOCH)).isFalse();
  }

  @Test
  void the_bits_of_a_2_7_client_are_understood() {
    PeerInfo info = PeerInfo.parse("IV_PROTO=8094\n");
    for (IvProto bit : IvProto.values()) {
      boolean absent = bit == IvProto.NCP_P2P || bit == IvProto.DNS_OPTION;
      assertThat(info.supports(bit)).as("%s", bit).isEqualTo(!absent);
    }
  }

  @Test
  void nothing_said_is_nothing_supported() {
    PeerInfo info = PeerInfo.parse("");
    assertThat(info).isSameAs(PeerInfo.EMPTY);
    assertThat(info.ivProto()).isZero();
    assertThat(info.ciphers()).isNull();
    assertThat(info.mtu()).isZero();
    assertThat(info.version()).isEmpty();
  }

  @Test
  void values_are_made_harmless() {
    PeerInfo info = PeerInfo.parse("IV_VER=a b\tc$(d)`e\u0007ü\nUV_X=ok");
    assertThat(info.version()).isEqualTo("a_b_c__d)_e__");
    assertThat(info.values()).containsEntry("UV_X", "ok");
  }

  @Test
  void lines_that_are_not_valid_are_ignored() {
    PeerInfo info =
        PeerInfo.parse(
            "IV VER=1\nPATH=/bin\n=x\nIV_VER\nxIV_VER=2\nIV_Ü=3\nIV_LONG="
                + "x".repeat(248)
                + "\nIV_PLAT=win\n\n");
    assertThat(info.values()).containsOnlyKeys("IV_PLAT");
  }

  @Test
  void lines_end_at_a_limit() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      text.append("UV_").append(i).append("=1\n");
    }
    assertThat(PeerInfo.parse(text.toString()).values()).hasSize(64);
  }

  @Test
  void numbers_that_are_none_are_zero() {
    for (String value : new String[] {"", "-1", "0x10", "99999999999", "1.5", "+3"}) {
      assertThat(PeerInfo.parse("IV_PROTO=" + value).ivProto()).as(value).isZero();
    }
  }
}
