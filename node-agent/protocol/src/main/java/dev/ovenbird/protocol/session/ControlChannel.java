package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.reliable.ReliableReceiver;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.Unwrapped;
import org.jspecify.annotations.Nullable;

/**
 * The control channel between two session ids: unwrapping, replay protection, and the key states
 * that follow one another by soft resets; {@link ControlSender} is its way out. The same for server
 * and client; what they do differently is behind {@link Owner}.
 */
final class ControlChannel {
  /** The server or client session that this channel belongs to. */
  interface Owner {
    /** Sends a wrapped packet to the peer; with the WKc where its opcode asks for it. */
    void transmit(byte[] packet);

    void submit(SlowTask task);

    TlsEngineFactory engines();

    /** Whether the peer may start a renegotiation now: the current key state has its data key. */
    boolean mayRenegotiate();

    /** Asked when the peer does start one: false if it does so too often. */
    default boolean peerMayRenegotiate(long bootNanos) {
      return true;
    }

    /** A soft reset has begun a new key state. */
    void renegotiating(KeyState key, long bootNanos);

    /** The TLS handshake is through: the client speaks first. */
    default void handshakeComplete(KeyState key) {}

    void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds);

    /**
     * A derivation has ended; null if it failed or is not wanted any more (then nothing is kept).
     */
    void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos);

    /** All that was written to a KEYED key state has been acknowledged; it is ACTIVE now. */
    void active(KeyState key, long bootNanos, long wallSeconds);

    void failed(KeyState key, String why, long bootNanos);

    /** Payload of the peer's reset: a server's may hold early negotiation, a client's nothing. */
    default void resetPayload(byte[] payload) {}

    boolean isIpv4();
  }

  final SessionId own;
  final ControlSender sender;
  private final ControlProtection protection;
  private final Owner owner;
  private final long handWindowNanos;
  private SessionId remote;
  private KeyState primary;

  /**
   * The key state before, while the primary one negotiates: it is still heard, for the peer may
   * have said EXIT just when this side began to renegotiate, and says it once.
   */
  private @Nullable KeyState retiring;

  ControlChannel(
      Owner owner,
      SessionId own,
      SessionId remote,
      ControlWrap wrap,
      ReplaySender replaySender,
      long firstMessageId,
      long handWindowNanos,
      long bootNanos) {
    this.owner = owner;
    this.own = own;
    this.remote = remote;
    this.protection = new ControlProtection(wrap, replaySender);
    this.sender = new ControlSender(owner, own, protection);
    this.handWindowNanos = handWindowNanos;
    this.primary = new KeyState(0, owner.engines(), firstMessageId, bootNanos + handWindowNanos);
  }

  /** Goes on where an earlier process was: with the key id that it had finished last. */
  ControlChannel(
      Owner owner,
      SessionId own,
      SessionId remote,
      ControlProtection protection,
      int finishedKeyId,
      long handWindowNanos) {
    this.owner = owner;
    this.own = own;
    this.remote = remote;
    this.protection = protection;
    this.sender = new ControlSender(owner, own, protection);
    this.handWindowNanos = handWindowNanos;
    this.primary = KeyState.finished(finishedKeyId, owner.engines());
  }

  Owner owner() {
    return owner;
  }

  SessionId remote() {
    return remote;
  }

  void remote(SessionId id) {
    remote = id;
  }

  ControlProtection protection() {
    return protection;
  }

  KeyState primary() {
    return primary;
  }

  /** Whether renegotiations have a wrap of their own. */
  boolean isWrapRenewed() {
    return protection.isRenewed();
  }

  static int nextKeyId(int keyId) {
    return keyId % 7 + 1;
  }

  /** Authenticates a packet without its WKc; null with the reason counted by the caller. */
  @Nullable Unwrapped unwrap(byte[] packet, int length) {
    return protection.unwrap(packet, length);
  }

  /** Processes an authentic packet. Null if it was used; else why it was dropped. */
  @Nullable DropReason receive(Opcode opcode, Unwrapped packet, long bootNanos, long wallSeconds) {
    int keyId = Opcode.keyId(packet.firstByte());
    if (!protection.of(keyId).received().accept(packet.replayId())) {
      return DropReason.CONTROL_REPLAY;
    }
    ControlBody body;
    try {
      body = ControlBody.parse(opcode == Opcode.ACK_V1, packet.body());
    } catch (MalformedPacketException e) {
      return DropReason.MALFORMED;
    }
    if (body.acks().length > 0 && !body.receiver().equals(own)) {
      return DropReason.MALFORMED;
    }
    if (opcode == Opcode.CONTROL_SOFT_RESET_V1
        && keyId == nextKeyId(primary.keyId)
        && owner.mayRenegotiate()) {
      if (!owner.peerMayRenegotiate(bootNanos)) {
        return DropReason.LIMIT;
      }
      rotate(bootNanos);
    }
    KeyState old = retiring;
    if (old != null && keyId == old.keyId && opcode == Opcode.CONTROL_V1) {
      return hear(old, body, bootNanos, wallSeconds);
    }
    // Resets and acknowledgements for it are ignored after a rotation (digest 7.2 step 7).
    if (keyId != primary.keyId) {
      return DropReason.UNKNOWN_SESSION;
    }
    KeyState key = primary;
    if (key.isClosed()) {
      return DropReason.UNKNOWN_SESSION;
    }
    for (int ack : body.acks()) {
      key.sender.acknowledge(ack);
    }
    if (opcode != Opcode.ACK_V1) {
      // 2.7.6 ignores such resets; earlier versions got stuck on them (digest 1.5 rule 4).
      if (isHardReset(opcode) && body.messageId() != 0) {
        return DropReason.MALFORMED;
      }
      if (key.isFull()) {
        return DropReason.QUEUE_FULL;
      }
      if (key.adopts && !key.resetReceived && body.messageId() > 0) {
        if (!isClientHello(body.payload())) {
          key.peerIsFurther = true;
          return DropReason.UNKNOWN_SESSION;
        }
        key.receiver.startAt(body.messageId());
        key.resetReceived = true;
      }
      if (key.receiver.offer(body.messageId(), body.payload())
          == ReliableReceiver.Offer.BEYOND_WINDOW) {
        return DropReason.MALFORMED;
      }
      key.acks.add(body.messageId());
      byte[] message;
      while ((message = key.receiver.next()) != null) {
        // OpenVPN 3 answers a SOFT_RESET with its ClientHello at once, as message 0.
        boolean isReset = key.keyId == 0 || message.length == 0;
        if (key.resetReceived || !isReset) {
          key.resetReceived = true;
          key.offer(message);
        } else {
          key.resetReceived = true;
          owner.resetPayload(message);
        }
      }
    }
    progress(bootNanos, wallSeconds);
    return null;
  }

  /** Takes what the peer said before it knew of the renegotiation; it is not answered any more. */
  private @Nullable DropReason hear(
      KeyState old, ControlBody body, long bootNanos, long wallSeconds) {
    if (old.isFull()) {
      return DropReason.QUEUE_FULL;
    }
    if (old.receiver.offer(body.messageId(), body.payload())
        == ReliableReceiver.Offer.BEYOND_WINDOW) {
      return DropReason.MALFORMED;
    }
    byte[] message;
    while ((message = old.receiver.next()) != null) {
      old.offer(message);
    }
    progress(bootNanos, wallSeconds);
    return null;
  }

  /** Whether a TLS record begins with a ClientHello. */
  private static boolean isClientHello(byte[] message) {
    return message.length > 5 && message[0] == 0x16 && message[1] == 3 && message[5] == 1;
  }

  private static boolean isHardReset(Opcode opcode) {
    return opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2
        || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3
        || opcode == Opcode.CONTROL_HARD_RESET_SERVER_V2;
  }

  /** Begins a renegotiation from this side. */
  void softReset(long bootNanos, long wallSeconds) {
    rotate(bootNanos);
    progress(bootNanos, wallSeconds);
  }

  private void rotate(long bootNanos) {
    begin(nextKeyId(primary.keyId), bootNanos);
    owner.renegotiating(primary, bootNanos);
  }

  private void begin(int keyId, long bootNanos) {
    if (primary.phase == KeyState.Phase.ACTIVE) {
      closeRetiring();
      retiring = primary;
    } else {
      primary.close();
    }
    primary = new KeyState(keyId, owner.engines(), 0, bootNanos + handWindowNanos);
    primary.sender.send(Opcode.CONTROL_SOFT_RESET_V1, new byte[0]);
  }

  private void closeRetiring() {
    if (retiring != null) {
      retiring.close();
      retiring = null;
    }
  }

  /** Begins a negotiation, which an earlier process and the peer may be in the midst of. */
  void attempt(int keyId, long bootNanos, long wallSeconds) {
    begin(keyId, bootNanos);
    primary.adopts = true;
    progress(bootNanos, wallSeconds);
  }

  /** Makes the peer give up a negotiation that can't be gone on with. */
  void poison(int keyId, long wallSeconds) {
    sender.alert(keyId, remote, wallSeconds);
  }

  /** Takes the result of a task of one of this channel's key states. */
  void completed(TlsTask task, long bootNanos, long wallSeconds) {
    KeyState key = task.key;
    boolean wanted = key.finish(task);
    ControlWrap renewed = task.renewedWrap();
    if (wanted && renewed != null) {
      protection.renew(renewed);
    }
    if (task.derives()) {
      DataKey dataKey = task.dataKey();
      if (dataKey != null && !wanted) {
        dataKey.close();
        dataKey = null;
      }
      owner.derived(key, dataKey, bootNanos);
    }
    if (!wanted) {
      return;
    }
    if (task.handshakeComplete() && !key.handshakeAnnounced) {
      key.handshakeAnnounced = true;
      owner.handshakeComplete(key);
    }
    for (byte[] record : task.plaintexts()) {
      if (key.hears()) {
        owner.plaintext(key, record, bootNanos, wallSeconds);
      }
    }
    String failure = task.failure();
    if (failure != null) {
      fail(key, failure, bootNanos);
    } else if (key.isOverrun()) {
      fail(key, "the peer acknowledges nothing", bootNanos);
    }
    progress(bootNanos, wallSeconds);
  }

  /** Ends a negotiation; its last alert still leaves. What was heard late ends only itself. */
  void fail(KeyState key, String why, long bootNanos) {
    if (key != primary) {
      closeRetiring();
    } else if (key.phase != KeyState.Phase.FAILED) {
      key.phase = KeyState.Phase.FAILED;
      if (key.cancelDerivation()) {
        owner.derived(key, null, bootNanos);
      }
      owner.failed(key, why, bootNanos);
    }
  }

  /** Starts what can start, sends what is due. */
  void progress(long bootNanos, long wallSeconds) {
    KeyState key = primary;
    if (retiring != null) {
      submitNext(retiring);
    }
    submitNext(key);
    if (key.phase == KeyState.Phase.KEYED && key.isQuiet()) {
      key.phase = KeyState.Phase.ACTIVE;
      closeRetiring();
      owner.active(key, bootNanos, wallSeconds);
      submitNext(key);
    }
    sender.flush(primary, remote, bootNanos, wallSeconds);
  }

  private void submitNext(KeyState key) {
    TlsTask task = key.nextTask(this);
    if (task != null) {
      owner.submit(task);
    }
  }

  /** What is queued are the last words; nothing is heard any more. */
  void lastWords() {
    closeRetiring();
    primary.lastWords();
  }

  /** When {@link #progress} or the hand window wants attention, boot nanoseconds. */
  long nextDeadline() {
    long next = primary.sender.nextDeadline();
    return primary.isNegotiating() ? Math.min(next, primary.deadline) : next;
  }

  void timeout(long bootNanos, long wallSeconds) {
    if (primary.isNegotiating() && bootNanos >= primary.deadline) {
      fail(primary, "negotiation not finished within the hand window", bootNanos);
    }
    progress(bootNanos, wallSeconds);
  }

  void close() {
    closeRetiring();
    primary.close();
  }
}
