package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.message.PushReplySplit;
import dev.ovenbird.protocol.message.PushUpdate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a connected client was told by its admission's options, and what it should have by now. */
final class PushedOptions {
  private final boolean updatable;
  private List<String> told;
  private @Nullable List<String> wanted;

  /**
   * @param told what PUSH_REPLY said
   */
  PushedOptions(PeerInfo client, List<String> told) {
    this.updatable = client.supports(IvProto.PUSH_UPDATE);
    this.told = told;
  }

  /** What the client has now. */
  List<String> told() {
    return told;
  }

  /** Other clients keep what they have until they connect again. */
  void want(List<String> options) {
    wanted = updatable && !options.equals(told) ? options : null;
  }

  /** The messages that bring the client up to date; none if it is. They count as said. */
  List<byte[]> updates() {
    List<String> next = wanted;
    if (next == null) {
      return List.of();
    }
    wanted = null;
    List<String> before = told;
    told = next;
    return PushReplySplit.splitUpdate(PushUpdate.changes(before, next));
  }
}
