package dev.ovenbird.e2e.survival;

import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Capture.Packet;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Packet ids that were used under one key, from a capture. Data packets have the session's peer id,
 * the key id and, with epoch keys, eight bytes of packet id (digest 5). A key id that comes back is
 * another key: key ids follow one another.
 */
final class PacketIds {
  private static final int DATA_V2 = 9;
  private static final int KEY_IDS = 7;
  private static final int BLOCK_BITS = 16;

  /** One direction of one session. */
  private record Sender(boolean client, int peerId) {}

  /** Neighbouring packet ids of one key of it, the n-th: millions fit into memory as bits. */
  private record Ids(Sender sender, int key, long block) {}

  private final Map<Sender, Integer> newest = new HashMap<>();
  private final Map<Ids, BitSet> used = new HashMap<>();
  private int packets;
  private int repeated;

  private PacketIds() {}

  static PacketIds of(Capture capture) {
    PacketIds ids = new PacketIds();
    capture.forEach(ids::add);
    return ids;
  }

  /** How many data packets were captured. */
  int packets() {
    return packets;
  }

  /** How many of them had an id that was used before under the same key. */
  int repeated() {
    return repeated;
  }

  private void add(Packet packet) {
    if (packet.opcode() != DATA_V2 || packet.bytes().length < 12) {
      return;
    }
    Sender sender = new Sender(packet.fromClient(), packet.number(0) & 0xffffff);
    int key = newest.getOrDefault(sender, 0);
    if (packet.keyId() == keyId(key + 1)) {
      key++;
      newest.put(sender, key);
    } else if (packet.keyId() != keyId(key)) {
      key--;
    }
    long id = ((long) packet.number(4) << 32) | (packet.number(8) & 0xffffffffL);
    Ids block = new Ids(sender, key, id >>> BLOCK_BITS);
    BitSet bits = used.computeIfAbsent(block, unused -> new BitSet());
    int bit = (int) (id & ((1 << BLOCK_BITS) - 1));
    packets++;
    if (bits.get(bit)) {
      repeated++;
    }
    bits.set(bit);
  }

  /** 0, then 1 to 7 and again (digest 7.2). */
  private static int keyId(int key) {
    return key == 0 ? 0 : (key - 1) % KEY_IDS + 1;
  }
}
