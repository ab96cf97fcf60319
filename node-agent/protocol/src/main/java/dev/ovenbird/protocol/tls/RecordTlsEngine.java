package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every engine has in common: ciphertext is fed to the TLS implementation one record at a
 * time, so that each plaintext is one record's; limits on all that a peer can make grow; and what
 * is known of the peer.
 */
abstract class RecordTlsEngine implements TlsEngine {
  private static final int HEADER_BYTES = 5;

  /** TLS 1.2's limit, the larger one. */
  private static final int MAX_RECORD = (1 << 14) + 2048;

  /** A record holds more; of one of TLS 1.3 the JDK keeps 17 bytes for itself. */
  static final int MAX_WRITE = (1 << 14) - 64;

  /** What a peer may send before it has proved anything; twice a large hello and chain. */
  private static final int MAX_HANDSHAKE = 64 * 1024;

  private static final int MAX_PLAINTEXTS = 64 * 1024;
  private static final int KEY_BYTES = 256;
  private static final int MAX_FAILURE = 200;

  /** What a waiting plaintext costs beyond its own bytes. */
  private static final int ENTRY_BYTES = 64;

  private static final int HANDSHAKE_BUFFER = 512;

  /** A buffer that grew for a large record is given up after it. */
  private static final int KEPT_BUFFER = 4096;

  private static final byte[] NO_BUFFER = {};

  /** Something that the TLS implementation does and may fail at. */
  interface Step {
    void run() throws IOException;
  }

  /** The TLS exporter, without a context. */
  interface Exporter {
    byte[] export(String label, int length) throws IOException;
  }

  private byte[] record = new byte[HANDSHAKE_BUFFER];
  private int recordLength;
  private int handshakeBytes;
  private List<byte[]> plaintexts = new ArrayList<>(2);
  private int plaintextBytes;
  private @Nullable PeerIdentity candidate;
  private byte @Nullable [] dataKeys;
  private byte @Nullable [] wrapKey;
  private boolean complete;
  private boolean closed;
  private @Nullable String failure;

  /** Client role: makes the ClientHello. */
  abstract void begin() throws IOException;

  /**
   * Processes one whole record, which is valid for the length of the call, and hands its plaintext
   * to {@link #received}.
   */
  abstract void process(byte[] bytes, int length) throws IOException;

  /** Makes one record of application data. */
  abstract void seal(byte[] plaintext) throws IOException;

  /** Whether the peer has said that it sends no more. */
  abstract boolean isClosedByPeer();

  /** Forgets secrets; a close_notify may stay in the output for who wants it. */
  abstract void forget() throws IOException;

  /** In words for a log, what a step has failed with. */
  abstract String describe(Exception e);

  /** The peer's chain verified; its possession of the key is still to be proved. */
  final void verified(PeerIdentity identity) {
    candidate = identity;
  }

  final boolean isVerified() {
    return candidate != null;
  }

  /** The handshake is through: the moment to export keys. */
  final void completed(Exporter exporter) throws IOException {
    dataKeys = exporter.export(DATA_KEYS_LABEL, KEY_BYTES);
    wrapKey = exporter.export(WRAP_KEY_LABEL, KEY_BYTES);
    complete = true;
  }

  /** Plaintext of the record being processed; not empty. */
  final void received(byte[] plaintext) {
    plaintexts.add(plaintext);
    plaintextBytes += plaintext.length + ENTRY_BYTES;
  }

  @Override
  public final void start() {
    guarded(this::begin);
  }

  @Override
  public final void offer(byte[] ciphertext) {
    int at = 0;
    while (at < ciphertext.length && failure == null && !closed) {
      int wanted = missing();
      int n = Math.min(wanted, ciphertext.length - at);
      if (record.length < recordLength + n) {
        record = Arrays.copyOf(record, Math.max(recordLength + n, 2 * record.length));
      }
      System.arraycopy(ciphertext, at, record, recordLength, n);
      recordLength += n;
      at += n;
      if (!complete) {
        handshakeBytes += n;
        if (handshakeBytes > MAX_HANDSHAKE) {
          fail("handshake of more than " + MAX_HANDSHAKE + " bytes");
          return;
        }
      }
      if (recordLength >= HEADER_BYTES) {
        int missing = missing();
        if (missing + recordLength > HEADER_BYTES + MAX_RECORD) {
          fail("TLS record too long");
        } else if (missing == 0) {
          deliver();
        }
      }
    }
  }

  /** Bytes that the record being gathered still lacks, or its header if that is not there yet. */
  private int missing() {
    if (recordLength < HEADER_BYTES) {
      return HEADER_BYTES - recordLength;
    }
    int body = (record[3] & 0xFF) << 8 | (record[4] & 0xFF);
    return HEADER_BYTES + body - recordLength;
  }

  private void deliver() {
    int length = recordLength;
    recordLength = 0;
    guarded(() -> process(record, length));
    if (complete) {
      // Thousands of engines lie idle, for an hour each.
      record = NO_BUFFER;
    } else if (record.length > KEPT_BUFFER) {
      record = new byte[HANDSHAKE_BUFFER];
    }
    if (failure == null && plaintextBytes > MAX_PLAINTEXTS) {
      fail("more than " + MAX_PLAINTEXTS + " bytes of plaintext unread");
    } else if (failure == null && isClosedByPeer()) {
      fail("closed by the peer");
    }
  }

  @Override
  public final void write(byte[] plaintext) {
    if (!complete) {
      throw new IllegalStateException("the handshake is not complete");
    }
    if (plaintext.length == 0 || plaintext.length > MAX_WRITE) {
      throw new IllegalArgumentException("a TLS record cannot hold " + plaintext.length + " bytes");
    }
    if (failure == null && !closed) {
      guarded(() -> seal(plaintext));
    }
  }

  @Override
  public final List<byte[]> takePlaintexts() {
    if (plaintexts.isEmpty()) {
      return List.of();
    }
    List<byte[]> taken = plaintexts;
    plaintexts = new ArrayList<>(2);
    plaintextBytes = 0;
    return taken;
  }

  @Override
  public final boolean isHandshakeComplete() {
    return complete;
  }

  @Override
  public final @Nullable String failure() {
    return failure;
  }

  @Override
  public final @Nullable PeerIdentity peer() {
    return complete ? candidate : null;
  }

  @Override
  public final byte[] exportDataKeys() {
    byte[] keys = dataKeys;
    if (keys == null) {
      throw new IllegalStateException("data keys are exported once, after the handshake");
    }
    dataKeys = null;
    return keys;
  }

  @Override
  public final byte[] exportWrapKey() {
    byte[] key = wrapKey;
    if (key == null) {
      throw new IllegalStateException("the wrap key is exported once, after the handshake");
    }
    wrapKey = null;
    return key;
  }

  @Override
  public final void forgetExports() {
    wipe(dataKeys);
    dataKeys = null;
    wipe(wrapKey);
    wrapKey = null;
  }

  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    forgetExports();
    for (byte[] plaintext : plaintexts) {
      Arrays.fill(plaintext, (byte) 0);
    }
    plaintexts.clear();
    guarded(this::forget);
  }

  private static void wipe(byte @Nullable [] key) {
    if (key != null) {
      Arrays.fill(key, (byte) 0);
    }
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      fail(describe(e));
    }
  }

  private void fail(String why) {
    if (failure == null) {
      StringBuilder printable = new StringBuilder();
      for (int i = 0; i < why.length() && i < MAX_FAILURE; i++) {
        char c = why.charAt(i);
        printable.append(c >= ' ' && c < 0x7F ? c : '_');
      }
      failure = printable.toString();
    }
  }
}
