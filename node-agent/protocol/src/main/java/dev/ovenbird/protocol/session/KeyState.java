package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.reliable.AckList;
import dev.ovenbird.protocol.reliable.ReliableReceiver;
import dev.ovenbird.protocol.reliable.ReliableSender;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.Opcode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One negotiation: a key id with its reliability layer and its TLS session (digest 7.1). What the
 * engine does runs as {@link TlsTask}s, one at a time; this class queues what goes in and comes
 * out.
 *
 * <pre>
 *   NEGOTIATING ──own key method sent──▶ KEYED ──all of it acknowledged──▶ ACTIVE
 *        └──────────────── hand window, TLS alert ───────────────▶ FAILED
 * </pre>
 */
final class KeyState {
  /** In flight at most; safe for every peer (digest 1.5). */
  static final int SEND_WINDOW = 4;

  static final int RECEIVE_WINDOW = 12;

  /** Bytes from the peer that wait for the engine, about: what a handshake may be long. */
  static final int MAX_WAITING = 64 * 1024;

  /** Bytes that wait for the peer's acknowledgements: more than the longest PUSH_REPLY of ours. */
  static final int MAX_UNSENT = 256 * 1024;

  enum Phase {
    NEGOTIATING,
    KEYED,
    ACTIVE,
    FAILED
  }

  final int keyId;
  private final TlsEngineFactory engines;
  private @Nullable TlsEngine engine;
  final ReliableSender sender;
  final ReliableReceiver receiver;
  final AckList acks = new AckList();

  /** Boot nanoseconds at which the negotiation is given up unless it is active by then. */
  final long deadline;

  Phase phase = Phase.NEGOTIATING;
  boolean keyMethodReceived;
  boolean handshakeAnnounced;

  /** The peer's reset (message id 0) has been consumed; what follows is TLS. */
  boolean resetReceived;

  /**
   * An earlier process may have begun this negotiation: then the peer's reset came already, and its
   * first message now is its ClientHello, under a later id.
   */
  boolean adopts;

  /** Adopting, and the peer is further on than its ClientHello. */
  boolean peerIsFurther;

  /** Set where the client was refused: the reason to tell once the key exchange is through. */
  @Nullable String refusal;

  /** The client's own key method message, kept until the server's has come; then wiped. */
  @Nullable ClientKeyMethod2 ownKeyMethod;

  /** Where the record of this negotiation's data key lies; -1 before one is reserved. */
  long recordOffset = -1;

  private final List<byte[]> received = new ArrayList<>();
  private final List<byte[]> writes = new ArrayList<>();
  private final ArrayDeque<byte[]> ciphertext = new ArrayDeque<>();
  private boolean startTls;
  private @Nullable KeyRecipe recipe;
  private boolean taskRunning;
  private boolean closed;

  /** Nothing is to be said or heard any more but what is queued. */
  private boolean ending;

  private int ciphertextHead;
  private int waitingBytes;
  private int unsentBytes;

  KeyState(int keyId, TlsEngineFactory engines, long firstMessageId, long deadline) {
    this.keyId = keyId;
    this.engines = engines;
    this.sender = new ReliableSender(SEND_WINDOW);
    this.receiver = new ReliableReceiver(RECEIVE_WINDOW, firstMessageId);
    this.sender.startAt(firstMessageId);
    this.resetReceived = firstMessageId > 0;
    this.deadline = deadline;
  }

  /** A negotiation that an earlier process has finished: nothing can be said in it any more. */
  static KeyState finished(int keyId, TlsEngineFactory engines) {
    KeyState done = new KeyState(keyId, engines, 1, Long.MAX_VALUE);
    done.phase = Phase.ACTIVE;
    done.closed = true;
    return done;
  }

  /** Whether there is no TLS session behind it any more. */
  boolean isClosed() {
    return closed;
  }

  /** The engine, made by the first task: even that is too slow for the packet thread. */
  TlsEngine engine() {
    TlsEngine made = engine;
    if (made == null) {
      made = engines.create();
      engine = made;
    }
    return made;
  }

  private void closeEngine() {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  /**
   * What is queued are the last words: once TLS has sealed them its session is forgotten, a
   * negotiation's largest part by far, while acknowledging and sending again go on.
   */
  void lastWords() {
    ending = true;
    received.clear();
    waitingBytes = 0;
    closeEngineIfDone();
  }

  private void closeEngineIfDone() {
    if (ending && !taskRunning && writes.isEmpty() && recipe == null) {
      closeEngine();
    }
  }

  /** Whether anything that the peer says still matters. */
  boolean hears() {
    return phase != Phase.FAILED && !ending;
  }

  /** Whether it is neither through nor given up. */
  boolean isNegotiating() {
    return phase == Phase.NEGOTIATING || phase == Phase.KEYED;
  }

  /** Queues the start of the handshake (client role). */
  void startTls() {
    startTls = true;
  }

  /** Queues ciphertext from the peer. */
  void offer(byte[] bytes) {
    if (bytes.length > 0 && !ending) {
      received.add(bytes);
      waitingBytes += bytes.length;
    }
  }

  /** Whether so much waits for the engine that the peer has to send again what comes now. */
  boolean isFull() {
    return waitingBytes >= MAX_WAITING;
  }

  /** Whether the peer makes us write and acknowledges none of it. */
  boolean isOverrun() {
    return unsentBytes > MAX_UNSENT;
  }

  /** Queues one plaintext for the peer; after the {@link #lastWords} none. */
  void write(byte[] plaintext) {
    if (!ending) {
      writes.add(plaintext);
    }
  }

  /** Queues the derivation of the data key, to run after the writes queued so far. */
  void derive(KeyRecipe how) {
    recipe = how;
  }

  /** Takes back a derivation that no task has picked up; whether there was one. */
  boolean cancelDerivation() {
    KeyRecipe waiting = recipe;
    recipe = null;
    if (waiting != null) {
      waiting.wipe();
    }
    return waiting != null;
  }

  /** The next task, if there is work and none is running. */
  @Nullable TlsTask nextTask(ControlChannel channel) {
    if (taskRunning || closed || phase == Phase.FAILED) {
      return null;
    }
    if (received.isEmpty() && writes.isEmpty() && recipe == null && !startTls) {
      return null;
    }
    TlsTask task =
        new TlsTask(channel, this, startTls, List.copyOf(received), List.copyOf(writes), recipe);
    received.clear();
    waitingBytes = 0;
    writes.clear();
    recipe = null;
    startTls = false;
    taskRunning = true;
    return task;
  }

  /** Takes the task's ciphertext; false if the negotiation was closed meanwhile. */
  boolean finish(TlsTask task) {
    taskRunning = false;
    if (closed) {
      closeEngine();
      return false;
    }
    if (task.output().length > 0) {
      ciphertext.add(task.output());
      unsentBytes += task.output().length;
    }
    closeEngineIfDone();
    return true;
  }

  /**
   * Cuts queued ciphertext into messages of at most {@code maxPayload} bytes, as far as the window
   * goes.
   */
  void fill(Opcode opcode, int maxPayload) {
    while (!ciphertext.isEmpty() && sender.hasRoom()) {
      fillOne(opcode, maxPayload);
    }
  }

  /** Makes one message of queued ciphertext. */
  void fillOne(Opcode opcode, int maxPayload) {
    byte[] chunk = new byte[Math.min(maxPayload, ciphertextBytes(maxPayload))];
    int filled = 0;
    while (filled < chunk.length) {
      byte[] head = ciphertext.element();
      int n = Math.min(chunk.length - filled, head.length - ciphertextHead);
      System.arraycopy(head, ciphertextHead, chunk, filled, n);
      filled += n;
      ciphertextHead += n;
      if (ciphertextHead == head.length) {
        ciphertext.remove();
        ciphertextHead = 0;
      }
    }
    unsentBytes -= chunk.length;
    sender.send(opcode, chunk);
  }

  private int ciphertextBytes(int enough) {
    int sum = -ciphertextHead;
    for (byte[] part : ciphertext) {
      sum += part.length;
      if (sum >= enough) {
        break;
      }
    }
    return sum;
  }

  boolean hasCiphertext() {
    return !ciphertext.isEmpty();
  }

  /** Whether everything handed to TLS has left, and has been acknowledged. */
  boolean isQuiet() {
    return !taskRunning
        && writes.isEmpty()
        && recipe == null
        && ciphertext.isEmpty()
        && sender.isEmpty();
  }

  @Nullable PeerIdentity peer() {
    return engine == null ? null : engine.peer();
  }

  /** Forgets the TLS session; safe while a task runs. */
  void close() {
    if (!closed) {
      closed = true;
      if (ownKeyMethod != null) {
        ownKeyMethod.wipe();
        ownKeyMethod = null;
      }
      if (!taskRunning) {
        closeEngine();
      }
    }
  }
}
