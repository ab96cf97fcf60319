package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.SyntheticIvCipher.TAG_BYTES;
import static dev.ovenbird.protocol.wrap.WrappedClientKey.LENGTH_BYTES;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens wrapped client keys with the keys of a server, which it has set up once: whoever sends
 * garbage makes a server open all of it. For one thread.
 */
public final class ClientKeyOpener {
  private final List<Candidate> candidates;

  private record Candidate(TlsCryptV2ServerKey key, SyntheticIvCipher cipher) {}

  /**
   * @param keys tried in order; one that is wiped opens nothing
   */
  public ClientKeyOpener(List<TlsCryptV2ServerKey> keys) {
    candidates =
        keys.stream()
            .filter(key -> !key.isWiped())
            .map(key -> new Candidate(key, key.cipher()))
            .toList();
  }

  /**
   * Opens the wrapped client key at the end of a packet.
   *
   * @return null if its length is out of bounds or no key opens it
   */
  public WrappedClientKey.@Nullable Opened open(byte[] packet, int length) {
    int wkcLength = WrappedClientKey.lengthAtEnd(packet, length);
    if (wkcLength < 0) {
      return null;
    }
    int start = length - wkcLength;
    byte[] lengthField = {packet[length - 2], packet[length - 1]};
    int plainLength = wkcLength - TAG_BYTES - LENGTH_BYTES;
    for (Candidate candidate : candidates) {
      if (candidate.key.isWiped()) {
        continue;
      }
      byte[] plain = candidate.cipher.open(lengthField, LENGTH_BYTES, packet, start, plainLength);
      if (plain != null) {
        byte[] clientKey = Arrays.copyOf(plain, StaticKey.BYTES);
        byte[] metadata = Arrays.copyOfRange(plain, StaticKey.BYTES, plainLength);
        WrappedClientKey.Opened opened =
            new WrappedClientKey.Opened(StaticKey.of(clientKey), metadata, wkcLength);
        Arrays.fill(clientKey, (byte) 0);
        Arrays.fill(plain, (byte) 0);
        return opened;
      }
    }
    return null;
  }
}
