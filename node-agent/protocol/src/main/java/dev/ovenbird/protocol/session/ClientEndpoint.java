package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.Framer;
import dev.ovenbird.protocol.data.OccMessage;
import dev.ovenbird.protocol.data.Ping;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client role: one session with one server, without I/O, threads or clock. Confined to one
 * thread. After {@link ClientHost#closed} make a new one. Sequence: digest 7.7. Here are packets
 * and pings; {@link ClientNegotiator} has the control channel.
 */
public final class ClientEndpoint {
  private static final int KEY_ID_MASK = 7;

  /** How long EXIT may take to be acknowledged. */
  private static final long EXIT_NANOS = 2_000_000_000L;

  private final ClientConfig config;
  private final ClientHost host;
  private final DataKeyRing keys;
  private final SecureRandom random;
  private final MemorySegment scratch =
      MemorySegment.ofArray(new byte[64 + DataFormat.MAX_OVERHEAD]);
  private @Nullable ClientNegotiator negotiator;
  private DataFormat format = DataFormat.of(DataCipher.AES_256_GCM);
  private Framer framer = new Framer(CompressionFraming.NONE);
  private boolean closed;
  private long lastReceivedNanos;
  private long lastSentNanos;
  private long leaveAt = Long.MAX_VALUE;

  /**
   * @param record at least {@link ServerEndpoint#RECORD_BYTES} bytes, zeroed: the hot state of the
   *     data channel
   */
  public ClientEndpoint(
      ClientConfig config, ClientHost host, MemorySegment record, SecureRandom random) {
    this.config = config;
    this.host = host;
    this.random = random;
    this.keys = new DataKeyRing(SessionRecord.unkept(record, 0));
  }

  /** Sends the first packet. */
  public void start(long bootNanos, long wallSeconds) {
    ClientNegotiator started = new ClientNegotiator(this, config, host, keys, random, bootNanos);
    negotiator = started;
    lastReceivedNanos = bootNanos;
    started.start(bootNanos, wallSeconds);
  }

  /** A packet came from the server; the buffer may be changed. */
  public void received(
      MemorySegment packet, long offset, int length, long bootNanos, long wallSeconds) {
    ClientNegotiator control = negotiator;
    if (closed || control == null || length < 1) {
      return;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    Opcode opcode = Opcode.ofFirstByte(first);
    DropReason dropped;
    if (opcode == null) {
      dropped = DropReason.UNKNOWN_OPCODE;
    } else if (opcode.isData()) {
      dropped = data(opcode == Opcode.DATA_V2, packet, offset, length, bootNanos);
    } else if (length > ControlPackets.MAX_BYTES) {
      dropped = DropReason.MALFORMED;
    } else {
      byte[] copy = packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      dropped = control.received(opcode, copy, bootNanos, wallSeconds);
      if (dropped == null) {
        lastReceivedNanos = bootNanos;
        // Over TCP the connection's end could overtake what is acknowledged, but not yet decrypted.
        if (leaveAt != Long.MAX_VALUE && config.transport() == Transport.UDP && control.isHeard()) {
          close("left");
        }
      }
    }
    if (dropped != null) {
      host.dropped(dropped);
    }
  }

  private @Nullable DropReason data(
      boolean v2, MemorySegment packet, long offset, int length, long bootNanos) {
    int keyId = packet.get(ValueLayout.JAVA_BYTE, offset) & KEY_ID_MASK;
    DataKey key = keys.find(keyId);
    if (key == null) {
      return DropReason.NO_KEY;
    }
    int plain = key.open(packet, offset, length);
    if (plain < 0) {
      return DropReason.ofStatus(plain);
    }
    keys.received(key);
    lastReceivedNanos = bootNanos;
    long framed = offset + format.plaintextOffset(v2);
    int payload = format.framing().unframe(packet, framed, plain);
    if (payload == CompressionFraming.COMPRESSED) {
      close("the server compresses packets, which this client refuses: turn compression off there");
      return DropReason.COMPRESSED;
    }
    long at = framed + format.framing().skip();
    if (payload > 0
        && !Ping.isPing(packet, at, payload)
        && !OccMessage.isOcc(packet, at, payload)) {
      host.tunnelPacket(packet, at, payload);
    }
    return null;
  }

  /** A task given to {@link ClientHost#submit} has run. */
  public void completed(SlowTask task, long bootNanos, long wallSeconds) {
    ClientNegotiator control = negotiator;
    if (control != null && task instanceof TlsTask tls) {
      control.completed(tls, bootNanos, wallSeconds);
    }
  }

  /**
   * Encrypts a packet from the TUN; see {@link ServerSession#seal}.
   *
   * @return bytes written, at most {@code length} + {@link DataFormat#MAX_OVERHEAD}; 0 while there
   *     is no key
   */
  public int seal(
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset,
      long bootNanos) {
    DataKey key = keys.sending();
    ClientNegotiator control = negotiator;
    PushedSession session = control == null ? null : control.pushed();
    if (key == null || session == null || closed) {
      return 0;
    }
    lastSentNanos = bootNanos;
    return framer.seal(key, session.peerId(), plain, plainOffset, length, out, outOffset);
  }

  /** Begins a renegotiation now, if none is running. */
  public void renegotiate(long bootNanos, long wallSeconds) {
    ClientNegotiator control = negotiator;
    if (control != null) {
      control.renegotiate(bootNanos, wallSeconds);
    }
  }

  /**
   * Leaves: tells the server (EXIT or OCC exit), then {@link ClientHost#closed}: over UDP when the
   * server has heard it, else 2 s later.
   */
  public void leave(long bootNanos, long wallSeconds) {
    ClientNegotiator control = negotiator;
    if (closed || control == null || control.pushed() == null) {
      close("left");
    } else if (control.exit(bootNanos, wallSeconds)) {
      leaveAt = bootNanos + EXIT_NANOS;
    } else {
      MemorySegment exit = OccMessage.exitPayload();
      sendData(exit, (int) exit.byteSize(), bootNanos);
      close("left");
    }
  }

  private void sendData(MemorySegment payload, int length, long bootNanos) {
    int sealed = seal(payload, 0, length, scratch, 0, bootNanos);
    if (sealed > 0) {
      host.transmit(scratch, 0, sealed);
    }
  }

  /** When {@link #timeout} wants to be called, boot nanoseconds. */
  public long nextDeadline() {
    ClientNegotiator control = negotiator;
    if (closed || control == null) {
      return Long.MAX_VALUE;
    }
    long next = Math.min(control.nextDeadline(), leaveAt);
    PushedSession session = control.pushed();
    if (session != null) {
      next = Math.min(next, later(lastSentNanos, session.pingNanos()));
      next = Math.min(next, later(lastReceivedNanos, session.pingRestartNanos()));
    }
    return next;
  }

  private static long later(long from, long nanos) {
    return nanos <= 0 ? Long.MAX_VALUE : from + nanos;
  }

  public void timeout(long bootNanos, long wallSeconds) {
    ClientNegotiator control = negotiator;
    if (closed || control == null) {
      return;
    }
    if (bootNanos >= leaveAt) {
      close("left");
      return;
    }
    PushedSession session = control.pushed();
    if (session != null) {
      if (bootNanos >= later(lastReceivedNanos, session.pingRestartNanos())) {
        close("ping timeout");
        return;
      }
      if (bootNanos >= later(lastSentNanos, session.pingNanos())) {
        MemorySegment ping = Ping.payload();
        sendData(ping, (int) ping.byteSize(), bootNanos);
      }
      keys.expire(bootNanos);
      if (keys.newest() == null && !control.isDeriving()) {
        close("no data key left");
        return;
      }
    }
    control.timeout(bootNanos, wallSeconds);
  }

  // What follows is for this endpoint's negotiator.

  boolean isClosed() {
    return closed;
  }

  /** What data packets look like is known. */
  void agreed(DataFormat agreed) {
    format = agreed;
    framer = new Framer(agreed.framing());
  }

  /** PUSH_REPLY has come: the time until the first ping runs from now on. */
  void beginPings(long bootNanos) {
    lastSentNanos = bootNanos;
  }

  /** The first data key is there. */
  void connected(List<String> options, long bootNanos) {
    lastReceivedNanos = bootNanos;
    lastSentNanos = bootNanos;
    host.connected(options);
  }

  void close(String reason) {
    if (!closed) {
      closed = true;
      ClientNegotiator control = negotiator;
      if (control == null) {
        keys.close();
      } else {
        control.close();
      }
      host.closed(reason);
    }
  }
}
