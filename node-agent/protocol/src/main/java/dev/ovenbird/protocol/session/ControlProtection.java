package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.ReplayReceiver;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What protects a control channel's packets: the wrap it began with and, where dynamic tls-crypt
 * was negotiated, another for every key id but 0. Digest 2.7.
 */
final class ControlProtection {
  private static final int KEPT_BYTES = ReplaySender.BYTES + ReplayReceiver.BYTES;

  /** A wrap and its replay ids, which go on over all key ids that it protects. */
  record Wrapping(ControlWrap wrap, ReplaySender sent, ReplayReceiver received) {}

  private final Wrapping first;
  private @Nullable Wrapping renewed;
  private @Nullable SessionRecord kept;

  ControlProtection(ControlWrap wrap, ReplaySender sent) {
    this.first = new Wrapping(wrap, sent, new ReplayReceiver());
  }

  private ControlProtection(SessionRecord record, ControlWrap wrap, @Nullable ControlWrap later) {
    this.first = resumed(record, wrap, false);
    this.renewed = later == null ? null : resumed(record, later, true);
    this.kept = record;
  }

  /** Goes on where an earlier process was. */
  static ControlProtection resumed(
      SessionRecord record, ControlWrap wrap, @Nullable ControlWrap renewed) {
    return new ControlProtection(record, wrap, renewed);
  }

  private static Wrapping resumed(SessionRecord record, ControlWrap wrap, boolean renewed) {
    long at = record.replayOffset(renewed);
    return new Wrapping(
        wrap,
        ReplaySender.resumed(record.memory(), at),
        ReplayReceiver.resumed(record.memory(), at + ReplaySender.BYTES));
  }

  /** From now on the replay ids are kept there. */
  void keepIn(SessionRecord record) {
    kept = record;
    keep(first, record.memory(), record.replayOffset(false));
    if (renewed != null) {
      keep(renewed, record.memory(), record.replayOffset(true));
    }
  }

  /** They are kept no longer: the record is somebody else's next. */
  void keepNoMore() {
    if (kept != null) {
      kept = null;
      keep(first, MemorySegment.ofArray(new byte[KEPT_BYTES]), 0);
      if (renewed != null) {
        keep(renewed, MemorySegment.ofArray(new byte[KEPT_BYTES]), 0);
      }
    }
  }

  private static void keep(Wrapping wrapping, MemorySegment memory, long at) {
    wrapping.sent.keepIn(memory, at);
    wrapping.received.keepIn(memory, at + ReplaySender.BYTES);
  }

  /** Renegotiations are protected by this from now on. */
  void renew(ControlWrap wrap) {
    Wrapping fresh = new Wrapping(wrap, new ReplaySender(0), new ReplayReceiver());
    if (kept != null) {
      keep(fresh, kept.memory(), kept.replayOffset(true));
    }
    renewed = fresh;
  }

  boolean isRenewed() {
    return renewed != null;
  }

  Wrapping of(int keyId) {
    Wrapping later = renewed;
    return keyId > 0 && later != null ? later : first;
  }

  /** No packet is expected soon. */
  void rest() {
    first.wrap.rest();
    if (renewed != null) {
      renewed.wrap.rest();
    }
  }

  /** Null if the packet, which has no WKc any more, does not verify. */
  @Nullable Unwrapped unwrap(byte[] packet, int length) {
    return length < 1 ? null : of(Opcode.keyId(packet[0])).wrap.unwrap(packet, length);
  }
}
