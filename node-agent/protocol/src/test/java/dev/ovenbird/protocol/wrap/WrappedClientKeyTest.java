package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.KnownKeys.counting;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WrappedClientKeyTest {
  private static final TlsCryptV2ServerKey SERVER_KEY = TlsCryptV2ServerKey.of(counting(128));
  private static final StaticKey CLIENT_KEY = StaticKey.of(counting(256));
  private static final byte[] METADATA = KnownKeys.hex("01 0000000061d3f8e1");

  private static byte[] packet(int headBytes, byte[] wkc) {
    byte[] packet = new byte[headBytes + wkc.length];
    System.arraycopy(wkc, 0, packet, headBytes, wkc.length);
    return packet;
  }

  @Test
  void wraps_to_the_known_answer() throws Exception {
    byte[] wkc = WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA);
    HexFormat hex = HexFormat.of();
    assertThat(wkc).hasSize(299);
    assertThat(hex.formatHex(wkc, 0, 32))
        .isEqualTo("7d8b759e7383f291045663acc51da7dd7519ce1c2259e89f80cbb60146f5cae6");
    assertThat(hex.formatHex(wkc, 286, 299)).isEqualTo("5ef04f16cb925749e78c5e012b");
    assertThat(hex.formatHex(MessageDigest.getInstance("SHA-256").digest(wkc)))
        .isEqualTo("8969849ac725cf15e632510a9bec7bd2224f717ffdfda360c3d28795efb4e4fe");
  }

  @Test
  void opens_at_the_end_of_a_packet_with_any_metadata() {
    for (int length : new int[] {0, 1, 9, 34, WrappedClientKey.MAX_METADATA_BYTES}) {
      byte[] metadata = counting(length);
      byte[] wkc = WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, metadata);
      byte[] packet = packet(54, wkc);
      WrappedClientKey.Opened opened =
          requireNonNull(WrappedClientKey.open(List.of(SERVER_KEY), packet, packet.length));
      assertThat(opened.clientKey()).isEqualTo(CLIENT_KEY);
      assertThat(opened.metadata()).isEqualTo(metadata);
      assertThat(opened.wkcLength()).isEqualTo(wkc.length);
      assertThat(WrappedClientKey.lengthAtEnd(packet, packet.length)).isEqualTo(wkc.length);
    }
  }

  @Test
  void metadata_limit_is_that_of_the_wrapped_key() {
    assertThat(WrappedClientKey.MAX_METADATA_BYTES).isEqualTo(734);
    assertThatThrownBy(() -> WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, new byte[735]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void every_key_of_the_list_opens_and_others_do_not() {
    TlsCryptV2ServerKey newest = TlsCryptV2ServerKey.random(new SecureRandom());
    byte[] packet = packet(54, WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA));
    assertThat(WrappedClientKey.open(List.of(newest, SERVER_KEY), packet, packet.length))
        .isNotNull();
    assertThat(WrappedClientKey.open(List.of(newest), packet, packet.length)).isNull();
    assertThat(WrappedClientKey.open(List.of(), packet, packet.length)).isNull();
  }

  @Test
  void wiped_server_key_opens_nothing_not_even_what_zeros_wrapped() {
    TlsCryptV2ServerKey zeros = TlsCryptV2ServerKey.of(new byte[128]);
    byte[] packet = packet(54, WrappedClientKey.wrap(zeros, CLIENT_KEY, METADATA));
    TlsCryptV2ServerKey wiped = TlsCryptV2ServerKey.random(new SecureRandom());
    wiped.wipe();
    assertThat(WrappedClientKey.open(List.of(wiped), packet, packet.length)).isNull();
    assertThatThrownBy(() -> WrappedClientKey.wrap(wiped, CLIENT_KEY, METADATA))
        .isInstanceOf(IllegalStateException.class);
  }

  // CVE-2026-35058
  @Test
  void wrapped_key_may_not_reach_the_first_byte() {
    byte[] wkc = WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA);
    assertThat(WrappedClientKey.lengthAtEnd(wkc, wkc.length)).isEqualTo(-1);
    assertThat(WrappedClientKey.open(List.of(SERVER_KEY), wkc, wkc.length)).isNull();
    byte[] one = packet(1, wkc);
    assertThat(WrappedClientKey.lengthAtEnd(one, one.length)).isEqualTo(299);
    assertThat(WrappedClientKey.open(List.of(SERVER_KEY), one, one.length)).isNotNull();
  }

  @Test
  void only_lengths_that_can_be_are_taken() {
    byte[] packet = packet(1200, WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA));
    int end = packet.length;
    for (int stated = 0; stated <= 0xffff; stated++) {
      packet[end - 2] = (byte) (stated >>> 8);
      packet[end - 1] = (byte) stated;
      int expected = stated >= 290 && stated <= 1024 ? stated : -1;
      assertThat(WrappedClientKey.lengthAtEnd(packet, end)).isEqualTo(expected);
    }
    for (int stated : new int[] {0, 1, 289, 290, 298, 300, 1024, 1025, 65535}) {
      packet[end - 2] = (byte) (stated >>> 8);
      packet[end - 1] = (byte) stated;
      assertThat(WrappedClientKey.open(List.of(SERVER_KEY), packet, end)).isNull();
    }
  }

  @Test
  void every_cut_every_flipped_bit_and_any_bytes_are_refused_quietly() {
    List<TlsCryptV2ServerKey> keys = List.of(SERVER_KEY);
    byte[] packet = packet(1, WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA));
    for (int length = -1; length < packet.length; length++) {
      assertThat(WrappedClientKey.open(keys, packet, length)).isNull();
    }
    assertThat(WrappedClientKey.open(keys, packet, packet.length + 1)).isNull();
    for (int bit = 8; bit < packet.length * 8; bit++) {
      byte[] flipped = packet.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(WrappedClientKey.open(keys, flipped, flipped.length)).as("bit %d", bit).isNull();
    }
    Random random = new Random(4);
    for (int length = 0; length < 1500; length++) {
      byte[] noise = new byte[length];
      random.nextBytes(noise);
      if (length > 2) {
        noise[length - 2] &= 3;
      }
      assertThat(WrappedClientKey.open(keys, noise, length)).isNull();
    }
  }

  @Test
  void key_files_read_back() {
    ClientKeyFile file =
        new ClientKeyFile(CLIENT_KEY, WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA));
    String pem = file.toPem();
    assertThat(pem)
        .startsWith("-----BEGIN OpenVPN tls-crypt-v2 client key-----\n")
        .endsWith("\n-----END OpenVPN tls-crypt-v2 client key-----\n");
    ClientKeyFile read = ClientKeyFile.parse("<tls-crypt-v2>\r\n" + pem + "</tls-crypt-v2>\n");
    assertThat(read.key()).isEqualTo(CLIENT_KEY);
    assertThat(read.wkc()).isEqualTo(file.wkc());
    assertThat(read).hasToString("ClientKeyFile");

    TlsCryptV2ServerKey other = TlsCryptV2ServerKey.random(new SecureRandom());
    String list = SERVER_KEY.toPem() + "# older\n" + other.toPem();
    assertThat(TlsCryptV2ServerKey.parseAll(list)).containsExactly(SERVER_KEY, other);
    assertThat(TlsCryptV2ServerKey.parse(other.toPem())).isEqualTo(other);
    assertThat(other).hasToString("TlsCryptV2ServerKey");
  }

  @Test
  void malformed_key_files_are_refused_with_the_reason() {
    String pem = SERVER_KEY.toPem();
    assertThatThrownBy(() -> TlsCryptV2ServerKey.parse(pem + pem))
        .isInstanceOf(KeyFormatException.class)
        .hasMessage("more than one tls-crypt-v2 server key");
    assertThatThrownBy(() -> TlsCryptV2ServerKey.parse(pem.replace("-----END", "")))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("no line");
    assertThatThrownBy(() -> TlsCryptV2ServerKey.parse(pem.replace("AAEC", "?AEC")))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("not base64");
    assertThatThrownBy(() -> TlsCryptV2ServerKey.parse(pem.replace("AAEC", "")))
        .isInstanceOf(KeyFormatException.class)
        .hasMessage("tls-crypt-v2 server key has 125 bytes, not 128");
    byte[] wkc = WrappedClientKey.wrap(SERVER_KEY, CLIENT_KEY, METADATA);
    byte[] cut = Arrays.copyOf(wkc, 298);
    assertThatThrownBy(() -> new ClientKeyFile(CLIENT_KEY, cut))
        .isInstanceOf(KeyFormatException.class);
    assertThatThrownBy(() -> ClientKeyFile.parse(pem)).isInstanceOf(KeyFormatException.class);
    assertThatThrownBy(
            () -> ClientKeyFile.parse(PemBlock.encode("OpenVPN tls-crypt-v2 client key", cut)))
        .isInstanceOf(KeyFormatException.class);
  }
}
