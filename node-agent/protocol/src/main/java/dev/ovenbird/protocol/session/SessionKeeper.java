package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.StaticWrap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes what one session leaves to the next process, each thing before the packet that makes it
 * count: the record exists from its first key on. Does nothing where nobody keeps the memory, and
 * over TCP, whose connections end with the process.
 */
final class SessionKeeper {
  /** A copy of what the wrap is made of, until the record has it; null afterwards. */
  private @Nullable StaticWrap unsaved;

  private final SavedSession.@Nullable WrapKind wrap;
  private @Nullable SessionRecord record;
  private long sinceNanos;
  private long sinceWallSeconds;

  SessionKeeper(SessionStore store, LinkPath path, StaticWrap how) {
    if (store.isKept() && path.transport() == Transport.UDP) {
      wrap = SavedSession.WrapKind.of(how);
      unsaved = wrap.with(how.key().copy());
      sinceWallSeconds = store.latestSeconds();
    } else {
      wrap = null;
    }
  }

  /** Of a session that was restored. */
  SessionKeeper(SessionRecord record, SavedSession saved) {
    this.record = record;
    this.wrap = saved.wrap();
    this.sinceNanos = saved.sinceNanos();
    this.sinceWallSeconds = saved.sinceWallSeconds();
  }

  /**
   * Writes the cold part.
   *
   * @param told what the client was pushed of its admission's options
   */
  void save(
      ControlChannel channel,
      AdmittedClient client,
      DataKeyRing ring,
      List<String> told,
      boolean exportsKeys,
      long bootNanos) {
    SavedSession.WrapKind kind = wrap;
    if (kind == null) {
      return;
    }
    SessionRecord kept = record == null ? begin(channel, ring.record(), bootNanos) : record;
    Admission.Admitted admitted = client.admitted();
    byte[] cold =
        new SavedSession(
                channel.remote(),
                channel.own,
                sinceNanos,
                sinceWallSeconds,
                new Admission.Admitted(admitted.clientId(), admitted.addresses(), told),
                client.identity(),
                client.info(),
                client.format(),
                client.login(),
                exportsKeys,
                kind,
                kept.mark(kept.wrapOffset(false)),
                channel.isWrapRenewed() ? kept.mark(kept.wrapOffset(true)) : 0,
                ring.saved())
            .encode();
    kept.save(cold);
  }

  private SessionRecord begin(ControlChannel channel, SessionRecord kept, long bootNanos) {
    record = kept;
    sinceNanos = bootNanos;
    StaticWrap how = unsaved;
    if (how != null) {
      byte[] key = how.key().toBytes();
      MemorySegment.copy(
          key, 0, kept.memory(), ValueLayout.JAVA_BYTE, kept.wrapOffset(false), key.length);
      Arrays.fill(key, (byte) 0);
      how.key().wipe();
      unsaved = null;
    }
    channel.protection().keepIn(kept);
    kept.path(channel.owner() instanceof ServerNegotiator own ? own.path : kept.path());
    kept.stage(SessionRecord.KEYED);
    return kept;
  }

  /** The session is open; its options are on their way. */
  void opened() {
    if (record != null) {
      record.stage(SessionRecord.OPEN);
    }
  }

  void negotiating(int keyId) {
    if (record != null) {
      record.negotiating(keyId);
    }
  }

  /**
   * @param negotiating -1 = none
   */
  void keyIds(int finished, int negotiating) {
    if (record != null) {
      record.keyIds(finished, negotiating);
    }
  }

  /** The session is over: whoever has its record next is another. */
  void close() {
    record = null;
    StaticWrap how = unsaved;
    if (how != null) {
      how.key().wipe();
      unsaved = null;
    }
  }
}
