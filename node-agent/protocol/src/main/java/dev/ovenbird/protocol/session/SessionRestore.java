package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.StaticWrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sessions of an earlier endpoint live again, from their records. What is not whole, not
 * admitted any more, or has no key left, is wiped.
 */
final class SessionRestore {
  private record Found(int peerId, SessionRecord record, SavedSession saved) {
    /** Whether its client waits for this server now. */
    boolean isUrgent() {
      return record.negotiating() >= 0 || record.stage() != SessionRecord.ESTABLISHED;
    }
  }

  private final ServerEndpoint endpoint;
  private final SessionStore store;
  private final ServerHost host;
  private int open;
  private int refused;
  private int damaged;
  private int paced;

  SessionRestore(ServerEndpoint endpoint, SessionStore store, ServerHost host) {
    this.endpoint = endpoint;
    this.store = store;
    this.host = host;
  }

  Restored restore(long pauseNanos, long bootNanos) {
    List<Found> found = new ArrayList<>();
    int sessions = Math.min(store.used(), endpoint.config().limits().maxSessions());
    for (int peerId = 0; peerId < sessions; peerId++) {
      SessionRecord record = store.record(peerId);
      byte[] cold = record.load();
      SavedSession saved = cold == null ? null : SavedSession.decode(cold);
      if (saved == null || record.stage() == SessionRecord.NOTHING) {
        damaged += record.isTouched() ? 1 : 0;
        record.clear();
      } else {
        found.add(new Found(peerId, record, saved));
      }
    }
    // The newest of one client's replaces the others.
    found.sort(Comparator.comparingLong(each -> each.saved.sinceNanos()));
    for (Found each : found) {
      try {
        restore(each, pauseNanos, bootNanos);
      } catch (RuntimeException e) {
        // A record that passes every check and still can't be used: a clean end for this client.
        damaged++;
        each.record.clear();
      }
    }
    return new Restored(open, refused, damaged);
  }

  private void restore(Found found, long pauseNanos, long bootNanos) {
    SavedSession saved = found.saved;
    SessionRecord record = found.record;
    Admission.Verdict verdict =
        endpoint.admission().admit(saved.identity(), saved.info(), record.path());
    AdmittedClient client =
        new AdmittedClient(
            saved.admitted(),
            saved.identity(),
            saved.info(),
            saved.format(),
            found.peerId,
            saved.login());
    if (!(verdict instanceof Admission.Admitted admitted)
        || !saved.isAdmittedAs(admitted)
        || (endpoint.admission().passwords() != null && saved.login() == null)
        || client.exportsKeys(endpoint.config()) != saved.exportsKeys()) {
      refused++;
      record.clear();
      return;
    }
    ControlProtection protection = protection(saved, record);
    DataKeyRing ring = keys(saved, record, bootNanos);
    if (protection == null || ring.newest() == null) {
      damaged++;
      ring.close();
      record.clear();
      return;
    }
    boolean wasOpen = record.stage() >= SessionRecord.OPEN;
    if (wasOpen && !host.mayRestore(saved.admitted().addresses())) {
      refused++;
      ring.close();
      record.clear();
      return;
    }
    int sending = record.sending();
    ServerNegotiator negotiator = new ServerNegotiator(endpoint, saved, protection, client, ring);
    endpoint.adopt(negotiator, found.peerId);
    try {
      if (wasOpen) {
        ring.sendFrom(sending);
        negotiator.resume(saved, admitted.push(), resetAt(found, pauseNanos, bootNanos), bootNanos);
        this.open++;
      } else {
        negotiator.giveUp(bootNanos);
      }
    } catch (RuntimeException e) {
      // Its record is cleared next, counters too: no key may go on that has lost them.
      negotiator.vanish(CloseReason.NEGOTIATION_FAILED);
      throw e;
    }
  }

  private long resetAt(Found found, long pauseNanos, long bootNanos) {
    if (found.isUrgent()) {
      boolean established = found.record.stage() == SessionRecord.ESTABLISHED;
      return bootNanos + (established ? 0 : Recovery.DOUBT_NANOS);
    }
    return bootNanos + paced++ * pauseNanos;
  }

  private static @Nullable ControlProtection protection(SavedSession saved, SessionRecord record) {
    ControlWrap first = wrap(saved.wrap(), record, record.wrapOffset(false), saved.wrapMark());
    ControlWrap renewed =
        saved.renewedMark() == 0
            ? null
            : wrap(
                new SavedSession.WrapKind(null, false),
                record,
                record.wrapOffset(true),
                saved.renewedMark());
    return first == null || (renewed == null && saved.renewedMark() != 0)
        ? null
        : ControlProtection.resumed(record, first, renewed);
  }

  private static @Nullable ControlWrap wrap(
      SavedSession.WrapKind kind, SessionRecord record, long at, long mark) {
    if (record.mark(at) != mark) {
      return null;
    }
    byte[] secret = record.secret(at);
    StaticWrap how = kind.with(StaticKey.of(secret));
    ControlWrap wrap = how.control(Role.SERVER);
    how.key().wipe();
    Arrays.fill(secret, (byte) 0);
    return wrap;
  }

  private DataKeyRing keys(SavedSession saved, SessionRecord record, long bootNanos) {
    DataKeyRing ring = new DataKeyRing(record);
    for (SavedSession.Key each : saved.keys()) {
      if (each.expires() <= bootNanos) {
        continue;
      }
      byte[] secret = record.secret(record.secretOffset(each.slot()));
      KeyBlock block = KeyBlock.of(secret);
      Arrays.fill(secret, (byte) 0);
      DataKey key = resume(saved, each, block, record);
      block.wipe();
      if (key != null && !ring.addOlder(key, each.slot(), each.expires())) {
        key.close();
      }
    }
    ring.wipeFreeSlots();
    return ring;
  }

  private @Nullable DataKey resume(
      SavedSession saved, SavedSession.Key each, KeyBlock block, SessionRecord record) {
    try {
      return saved
          .format()
          .resume(
              endpoint.config().aead(),
              block,
              Role.SERVER,
              each.keyId(),
              record.memory(),
              record.keyOffset(each.slot()));
    } catch (IllegalStateException e) {
      // All zero: it was wiped.
      return null;
    }
  }
}
