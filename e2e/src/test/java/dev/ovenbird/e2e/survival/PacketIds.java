package dev.ovenbird.e2e.survival;

import dev.ovenbird.e2e.net.Capture.Packet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Packet ids that were used under one key, from a capture. Data packets have the session's peer id,
 * the key id and, with epoch keys, eight bytes of packet id (digest 5). A key id that comes back is
 * another key: key ids follow one another.
 */
final class PacketIds {
  private static final int DATA_V2 = 9;
  private static final int KEY_IDS = 7;

  /** One direction of one session. */
  private record Sender(boolean client, int peerId) {}

  /** One key of it: the n-th. */
  private record Use(Sender sender, int key, long id) {}

  private final Map<Sender, Integer> newest = new HashMap<>();
  private final Map<Use, Integer> contents = new HashMap<>();
  private int repeated;

  private PacketIds() {}

  /** How many packets had an id that another packet of other content had under the same key. */
  static int repeated(List<Packet> packets) {
    PacketIds seen = new PacketIds();
    packets.forEach(seen::add);
    return seen.repeated;
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
    Integer content = Arrays.hashCode(packet.bytes());
    Integer before = contents.putIfAbsent(new Use(sender, key, id), content);
    if (before != null && !before.equals(content)) {
      repeated++;
    }
  }

  /** 0, then 1 to 7 and again (digest 7.2). */
  private static int keyId(int key) {
    return key == 0 ? 0 : (key - 1) % KEY_IDS + 1;
  }
}
