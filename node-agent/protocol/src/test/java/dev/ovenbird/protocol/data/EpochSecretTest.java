package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The vectors of digest 5.5. */
class EpochSecretTest {
  private static final HexFormat HEX = HexFormat.of();

  /** The client's first secret in a capture between two real 2.7.6. */
  static final byte[] LAB_SECRET =
      HEX.parseHex("42e3315323b1fe6b4829accb4033cdc94e2b059ea1224442f55545865dfdc765");

  static final byte[] LAB_PACKET =
      HEX.parseHex(
          "480000000001000000000001e2cc3b0f6521e554147523b815199110"
              + "aebb35dab0fdad37e17a446fb23d1d53");

  private static String expand(byte[] secret, String label, int length) {
    return HEX.formatHex(EpochSecret.expandLabel(secret, label, length));
  }

  @Test
  void labels_expand_as_upstream_has_it() {
    byte[] secret = Arrays.copyOf(new byte[] {0x13, 0x0c}, 32);
    assertThat(expand(secret, "data_key", 24))
        .isEqualTo("ed8533db1c28ace418e9006ab29c17417d60ebe6cd90bf0a");
    assertThat(expand(secret, "data_iv", 12)).isEqualTo("86890aabf032cb59f4cfa34e");
    assertThat(expand(secret, "datakey upd", 32))
        .isEqualTo("f02515ed7e47a246adbf6d26ff350b9c517445282dd18fd290e426b831d02638");
    assertThat(
            expand(
                HEX.parseHex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
                "unit test",
                16))
        .isEqualTo("185eaa1c7f228ab8eb29773214d92046");
  }

  @Test
  void captured_session_has_this_key_and_iv() {
    assertThat(expand(LAB_SECRET, "data_key", 32))
        .isEqualTo("40219924f5b39b9353161a3fc032aac5cf3f71589c11567bfec50c9802f65018");
    assertThat(expand(LAB_SECRET, "data_iv", 12)).isEqualTo("4ad73f58a0f20f71882ff159");
  }

  @Test
  void captured_packet_is_a_ping() {
    EpochSecret secret = new EpochSecret(LAB_SECRET);
    MemorySegment packet = MemorySegment.ofArray(LAB_PACKET.clone());
    try (EpochAead key = secret.aead(new JdkAeadProvider(), DataCipher.AES_256_GCM, false)) {
      assertThat(key.open(1L << 48 | 1, packet, 0, Ping.BYTES)).isTrue();
      assertThat(Ping.isPing(packet, EpochAead.PREFIX_BYTES, Ping.BYTES)).isTrue();
    }
  }

  @Test
  void captured_packet_is_made_again() {
    EpochSecret secret = new EpochSecret(LAB_SECRET);
    byte[] packet = Arrays.copyOf(LAB_PACKET, LAB_PACKET.length);
    Arrays.fill(packet, EpochAead.PREFIX_BYTES, packet.length, (byte) 0);
    try (EpochAead key = secret.aead(new JdkAeadProvider(), DataCipher.AES_256_GCM, true)) {
      key.seal(1L << 48 | 1, Ping.payload(), 0, Ping.BYTES, MemorySegment.ofArray(packet), 0);
    }
    assertThat(packet).isEqualTo(LAB_PACKET);
  }
}
