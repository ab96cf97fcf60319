package dev.ovenbird.protocol.session;

/** Which peer ids of an endpoint are taken; the lowest free one goes first. */
final class PeerIds {
  private final boolean[] taken;
  private int lowestMaybeFree;

  PeerIds(int count) {
    this.taken = new boolean[count];
  }

  /** A free peer id, -1 if there is none. */
  int take() {
    for (int id = lowestMaybeFree; id < taken.length; id++) {
      if (!taken[id]) {
        taken[id] = true;
        lowestMaybeFree = id + 1;
        return id;
      }
    }
    lowestMaybeFree = taken.length;
    return -1;
  }

  /** Takes this one, which is free. */
  void take(int peerId) {
    taken[peerId] = true;
  }

  void release(int peerId) {
    taken[peerId] = false;
    lowestMaybeFree = Math.min(lowestMaybeFree, peerId);
  }
}
