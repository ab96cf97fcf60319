package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Digest 4.2: a session between real 2.7.6 and 2.5.11, with throw-away lab values. */
class KeyExpansionTest {
  private static final HexFormat HEX = HexFormat.of();

  static KeyBlock labBlock() {
    return KeyExpansion.prf(
        HEX.parseHex(
            "c9602c0eebaa4470cdb4f83d7b12ce59089335aaa82672132154b9df229dfffa"
                + "15c972e29855b6d1af3a0c61457be86f"),
        HEX.parseHex("da340fb7b54caca7d888fc5f45302a7ba9ce44e313f5005b4f40b9cc6f596f53"),
        HEX.parseHex("0dcdefab19091f866b6acae0bd75086e82af14037f946d27ec15eae4180f45ef"),
        HEX.parseHex("c977b9860b1c53b8afff1eb0fac9e414daeefb2a8c26bb7956892324d5d614b3"),
        HEX.parseHex("7077f2800cafef201421ac513dce29b781c95f25066106d97697f452878415d8"),
        new SessionId(0x684e774b57ef693aL),
        new SessionId(0x987c961c1709021dL));
  }

  @Test
  void prf_gives_the_keys_of_the_lab_session() {
    KeyBlock block = labBlock();
    assertThat(HEX.formatHex(block.cipherKey(Role.CLIENT, DataCipher.AES_256_GCM)))
        .isEqualTo("23c772a0fa3db080d8168c4c62c897fc4cd28100cc95bba03c54895bfa1a122a");
    assertThat(HEX.formatHex(block.cipherKey(Role.SERVER, DataCipher.AES_256_GCM)))
        .isEqualTo("ddcba5e2722a3779387f6c647268dd6e4998bb60f2402fe72d6fd9962f3a4fcf");
    assertThat(block.implicitIv(Role.CLIENT)).isEqualTo(0x927bf8eb77284b43L);
    assertThat(block.implicitIv(Role.SERVER)).isEqualTo(0x8d39ccc0bd218276L);
  }

  @Test
  void the_lab_packet_decrypts_to_a_ping() {
    MemorySegment packet =
        MemorySegment.ofArray(
            HEX.parseHex(
                "480000000000000104093220ad8f25202e94fd8241ffa53cdf90700c"
                    + "ff02baa4599a98a579966980"));
    DataFormat format = DataFormat.of(DataCipher.AES_256_GCM);
    MemorySegment record = MemorySegment.ofArray(new byte[DataKey.RECORD_BYTES]);
    DataKey server = format.key(new JdkAeadProvider(), labBlock(), Role.SERVER, 0, record, 0);
    int at = format.plaintextOffset(true);
    assertThat(server.open(packet, 0, 40)).isEqualTo(16);
    assertThat(Ping.isPing(packet, at, 16)).isTrue();
    assertThat(Ping.isPing(packet, at - 1, 16)).isFalse();
    assertThat(Ping.isPing(packet, at, 15)).isFalse();
  }

  @Test
  void a_wiped_block_gives_no_key() {
    KeyBlock block = labBlock();
    block.wipe();
    assertThatThrownBy(() -> block.cipherKey(Role.SERVER, DataCipher.AES_128_GCM))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> KeyBlock.of(new byte[255]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
