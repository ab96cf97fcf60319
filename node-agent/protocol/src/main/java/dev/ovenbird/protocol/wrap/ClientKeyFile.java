package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.Role;
import java.util.Arrays;
import java.util.List;

/**
 * A tls-crypt-v2 client key, as it stands in a profile: the client's own key and its wrapped form.
 * Digest 2.5.
 *
 * @param wkc sent as it is
 */
public record ClientKeyFile(StaticKey key, byte[] wkc) implements ClientWrap {
  private static final String LABEL = "OpenVPN tls-crypt-v2 client key";

  public ClientKeyFile {
    int length = wkc.length;
    if (length < WrappedClientKey.MIN_BYTES
        || length > WrappedClientKey.MAX_BYTES
        || (((wkc[length - 2] & 0xff) << 8) | (wkc[length - 1] & 0xff)) != length) {
      throw new KeyFormatException("wrapped client key does not state its own length");
    }
  }

  /** Reads a key file, such as {@code openvpn --tls-crypt-v2 F --genkey tls-crypt-v2-client}. */
  public static ClientKeyFile parse(String text) {
    List<byte[]> blocks = PemBlock.decode(LABEL, text);
    if (blocks.size() != 1) {
      throw new KeyFormatException("more than one tls-crypt-v2 client key");
    }
    byte[] bytes = blocks.getFirst();
    if (bytes.length < StaticKey.BYTES) {
      throw new KeyFormatException("tls-crypt-v2 client key is too short");
    }
    StaticKey key = StaticKey.of(Arrays.copyOf(bytes, StaticKey.BYTES));
    return new ClientKeyFile(key, Arrays.copyOfRange(bytes, StaticKey.BYTES, bytes.length));
  }

  /** As tls-crypt does it, with the client's own key. */
  @Override
  public ControlWrap control(Role role) {
    return new TlsCrypt(key, role);
  }

  public String toPem() {
    byte[] bytes = Arrays.copyOf(key.toBytes(), StaticKey.BYTES + wkc.length);
    System.arraycopy(wkc, 0, bytes, StaticKey.BYTES, wkc.length);
    return PemBlock.encode(LABEL, bytes);
  }

  @Override
  public String toString() {
    return "ClientKeyFile";
  }
}
