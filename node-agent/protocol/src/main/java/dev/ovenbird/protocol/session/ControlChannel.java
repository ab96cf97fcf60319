package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.reliable.ReliableReceiver;
import dev.ovenbird.protocol.reliable.ReliableSender;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.ReplayReceiver;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The control channel between two session ids: wrapping, replay protection, and the key states that
 * follow one another by soft resets. The same for server and client; what they do differently is
 * behind {@link Owner}.
 */
final class ControlChannel {
  /** Acks that ride on other control packets, and in a packet of their own (digest 1.5). */
  private static final int RIDING_ACKS = 4;

  private static final int ACKS = 8;

  /** IP packets carrying control messages are at most this long (2.x: max-packet-size). */
  private static final int MAX_PACKET = 1250;

  /** The server or client session that this channel belongs to. */
  interface Owner {
    /** Sends a wrapped packet to the peer; null suffix but for opcodes that carry the WKc. */
    void transmit(byte[] packet);

    void submit(SlowTask task);

    TlsEngineFactory engines();

    /** Whether the peer may start a renegotiation now: the current key state has its data key. */
    boolean mayRenegotiate();

    /** A soft reset has begun a new key state. */
    void renegotiating(KeyState key, long bootNanos);

    /** The TLS handshake is through; peer and exporter are there. */
    void handshakeComplete(KeyState key, long bootNanos);

    void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds);

    /**
     * A derivation has ended; null if it failed or is not wanted any more (then nothing is kept).
     */
    void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos);

    /** All that was written to a KEYED key state has been acknowledged; it is ACTIVE now. */
    void active(KeyState key, long bootNanos, long wallSeconds);

    void failed(KeyState key, String why, long bootNanos);

    /** Payload of the peer's hard reset: early negotiation (client role). */
    void resetPayload(byte[] payload);

    boolean isIpv4();
  }

  final SessionId own;
  final ControlWrap wrap;
  final ReplaySender replaySender;
  private final ReplayReceiver replayReceiver = new ReplayReceiver();
  private final Owner owner;
  private final long handWindowNanos;
  private SessionId remote;
  private KeyState primary;

  /** Client role: what is appended to a V3 reset and to the first WKC message. */
  byte @Nullable [] wrappedClientKey;

  /** Client role: the server asked for the WKc again, with the message of id 1. */
  boolean resendWrappedClientKey;

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
    this.wrap = wrap;
    this.replaySender = replaySender;
    this.handWindowNanos = handWindowNanos;
    this.primary = new KeyState(0, owner.engines(), firstMessageId, bootNanos + handWindowNanos);
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

  KeyState primary() {
    return primary;
  }

  static int nextKeyId(int keyId) {
    return keyId % 7 + 1;
  }

  /** Authenticates a packet without its WKc; null with the reason counted by the caller. */
  @Nullable Unwrapped unwrap(byte[] packet, int length) {
    return wrap.unwrap(packet, length);
  }

  /** Processes an authentic packet. Null if it was used; else why it was dropped. */
  @Nullable DropReason receive(Opcode opcode, Unwrapped packet, long bootNanos, long wallSeconds) {
    if (!replayReceiver.accept(packet.replayId())) {
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
    int keyId = Opcode.keyId(packet.firstByte());
    if (opcode == Opcode.CONTROL_SOFT_RESET_V1
        && keyId == nextKeyId(primary.keyId)
        && owner.mayRenegotiate()) {
      rotate(bootNanos);
    }
    // Retransmits for the previous key id are ignored after a rotation (digest 7.2 step 7).
    if (keyId != primary.keyId) {
      return DropReason.UNKNOWN_SESSION;
    }
    KeyState key = primary;
    for (int ack : body.acks()) {
      key.sender.acknowledge(ack);
    }
    if (opcode != Opcode.ACK_V1) {
      // 2.7.6 ignores such resets; earlier versions got stuck on them (digest 1.5 rule 4).
      if (isHardReset(opcode) && body.messageId() != 0) {
        return DropReason.MALFORMED;
      }
      if (key.receiver.offer(body.messageId(), body.payload())
          == ReliableReceiver.Offer.BEYOND_WINDOW) {
        return DropReason.MALFORMED;
      }
      key.acks.add(body.messageId());
      byte[] message;
      while ((message = key.receiver.next()) != null) {
        if (key.resetReceived) {
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
    primary.close();
    primary =
        new KeyState(nextKeyId(primary.keyId), owner.engines(), 0, bootNanos + handWindowNanos);
    primary.sender.send(Opcode.CONTROL_SOFT_RESET_V1, new byte[0]);
    owner.renegotiating(primary, bootNanos);
  }

  /** Takes the result of a task of one of this channel's key states. */
  void completed(TlsTask task, long bootNanos, long wallSeconds) {
    KeyState key = task.key;
    boolean wanted = key.finish(task);
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
      owner.handshakeComplete(key, bootNanos);
    }
    for (byte[] record : task.plaintexts()) {
      if (key.phase != KeyState.Phase.FAILED) {
        owner.plaintext(key, record, bootNanos, wallSeconds);
      }
    }
    String failure = task.failure();
    if (failure != null) {
      fail(key, failure, bootNanos);
    }
    progress(bootNanos, wallSeconds);
  }

  /** Ends a negotiation; its last alert still leaves. */
  void fail(KeyState key, String why, long bootNanos) {
    if (key.phase != KeyState.Phase.FAILED) {
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
    TlsTask task = key.nextTask(this);
    if (task != null) {
      owner.submit(task);
    }
    if (key.phase == KeyState.Phase.KEYED && key.isQuiet()) {
      key.phase = KeyState.Phase.ACTIVE;
      owner.active(key, bootNanos, wallSeconds);
      task = key.nextTask(this);
      if (task != null) {
        owner.submit(task);
      }
    }
    flush(primary, bootNanos, wallSeconds);
  }

  private void flush(KeyState key, long bootNanos, long wallSeconds) {
    int room = maxPayload();
    byte[] wkc = wrappedClientKey;
    // The first TLS message carries the WKc when the server asked for it (digest 2.6).
    if (resendWrappedClientKey && wkc != null && key.keyId == 0 && key.hasCiphertext()) {
      key.fillOne(Opcode.CONTROL_WKC_V1, room - wkc.length);
      resendWrappedClientKey = false;
    }
    if (!resendWrappedClientKey) {
      key.fill(Opcode.CONTROL_V1, room);
    }
    ReliableSender.Message message;
    while ((message = key.sender.due(bootNanos)) != null) {
      send(
          message.opcode(),
          key,
          new ControlBody(key.acks.take(RIDING_ACKS), remote, message.id(), message.payload()),
          wallSeconds);
    }
    // An ACK_V1 would not be retransmitted: while the WKc is owed, the ack rides on it.
    while (key.acks.hasPending() && !resendWrappedClientKey) {
      send(
          Opcode.ACK_V1,
          key,
          new ControlBody(key.acks.take(ACKS), remote, -1, new byte[0]),
          wallSeconds);
    }
  }

  private void send(Opcode opcode, KeyState key, ControlBody body, long wallSeconds) {
    byte[] packet =
        wrap.wrap(
            Opcode.firstByte(opcode, key.keyId),
            own,
            replaySender.next(wallSeconds),
            body.encode());
    byte[] wkc = wrappedClientKey;
    if (wkc != null
        && (opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3 || opcode == Opcode.CONTROL_WKC_V1)) {
      byte[] longer = Arrays.copyOf(packet, packet.length + wkc.length);
      System.arraycopy(wkc, 0, longer, packet.length, wkc.length);
      packet = longer;
    }
    owner.transmit(packet);
  }

  /** TLS bytes per packet (digest 1.6). */
  private int maxPayload() {
    int plain = 1 + 8 + (1 + 8 + 4 * RIDING_ACKS) + 4;
    return MAX_PACKET - plain - wrap.overhead() - (owner.isIpv4() ? 28 : 48);
  }

  /** When {@link #progress} or the hand window wants attention, boot nanoseconds. */
  long nextDeadline() {
    long next = primary.sender.nextDeadline();
    boolean negotiating =
        primary.phase == KeyState.Phase.NEGOTIATING || primary.phase == KeyState.Phase.KEYED;
    return negotiating ? Math.min(next, primary.deadline) : next;
  }

  void timeout(long bootNanos, long wallSeconds) {
    boolean negotiating =
        primary.phase == KeyState.Phase.NEGOTIATING || primary.phase == KeyState.Phase.KEYED;
    if (negotiating && bootNanos >= primary.deadline) {
      fail(primary, "negotiation not finished within the hand window", bootNanos);
    }
    progress(bootNanos, wallSeconds);
  }

  void close() {
    primary.close();
  }
}
