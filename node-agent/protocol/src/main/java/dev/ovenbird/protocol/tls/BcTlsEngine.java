package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;
import org.jspecify.annotations.Nullable;

/**
 * BouncyCastle's TLS protocol in either role, without I/O. Ciphertext is fed to it one TLS record
 * at a time, because it would otherwise join the plaintexts of several records.
 */
final class BcTlsEngine implements TlsEngine {
  private static final int HEADER_BYTES = 5;

  /** TLS 1.2's limit, the larger one. */
  private static final int MAX_RECORD = (1 << 14) + 2048;

  private static final int MAX_WRITE = 1 << 14;

  /** What a peer may send before it has proved anything; twice a large hello and chain. */
  private static final int MAX_HANDSHAKE = 64 * 1024;

  private static final int MAX_PLAINTEXTS = 64 * 1024;
  private static final int DATA_KEY_BYTES = 256;
  private static final int MAX_FAILURE = 200;

  /** What a waiting plaintext costs beyond its own bytes. */
  private static final int ENTRY_BYTES = 64;

  /** A buffer that grew for a large record is given up after it. */
  private static final int KEPT_BUFFER = 4096;

  /** Starts the protocol: accept or connect. */
  interface Start {
    void start() throws IOException;
  }

  private final TlsProtocol protocol;
  private final Start start;
  private byte[] record = new byte[512];
  private int recordLength;
  private int handshakeBytes;
  private List<byte[]> plaintexts = new ArrayList<>(2);
  private int plaintextBytes;
  private @Nullable PeerIdentity candidate;
  private byte @Nullable [] dataKeys;
  private boolean complete;
  private boolean closed;
  private @Nullable String failure;

  BcTlsEngine(TlsProtocol protocol, Start start) {
    this.protocol = protocol;
    this.start = start;
  }

  /** The peer's chain verified; its possession of the key is still to be proved. */
  void verified(PeerIdentity identity) {
    candidate = identity;
  }

  /** The only moment at which BouncyCastle exports keys (tls.md). */
  void handshakeComplete(TlsContext context) throws IOException {
    if (candidate == null) {
      throw new TlsFatalAlert(AlertDescription.internal_error, "no verified peer");
    }
    dataKeys = context.exportKeyingMaterial(DATA_KEYS_LABEL, null, DATA_KEY_BYTES);
    complete = true;
  }

  @Override
  public void start() {
    guarded(start);
  }

  @Override
  public void offer(byte[] ciphertext) {
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
    guarded(
        () -> {
          protocol.offerInput(record, 0, length);
          int available = protocol.getAvailableInputBytes();
          if (available > 0) {
            byte[] plaintext = new byte[available];
            protocol.readInput(plaintext, 0, available);
            plaintexts.add(plaintext);
            plaintextBytes += available + ENTRY_BYTES;
          }
        });
    if (record.length > KEPT_BUFFER) {
      record = new byte[512];
    }
    if (failure == null && plaintextBytes > MAX_PLAINTEXTS) {
      fail("more than " + MAX_PLAINTEXTS + " bytes of plaintext unread");
    } else if (failure == null && protocol.isClosed()) {
      fail("closed by the peer");
    }
  }

  @Override
  public void write(byte[] plaintext) {
    if (!complete) {
      throw new IllegalStateException("the handshake is not complete");
    }
    if (plaintext.length == 0 || plaintext.length > MAX_WRITE) {
      throw new IllegalArgumentException("a TLS record cannot hold " + plaintext.length + " bytes");
    }
    if (failure == null && !closed) {
      guarded(() -> protocol.writeApplicationData(plaintext, 0, plaintext.length));
    }
  }

  @Override
  public byte[] takeOutput() {
    byte[] output = new byte[protocol.getAvailableOutputBytes()];
    if (output.length > 0) {
      protocol.readOutput(output, 0, output.length);
    }
    return output;
  }

  @Override
  public List<byte[]> takePlaintexts() {
    if (plaintexts.isEmpty()) {
      return List.of();
    }
    List<byte[]> taken = plaintexts;
    plaintexts = new ArrayList<>(2);
    plaintextBytes = 0;
    return taken;
  }

  @Override
  public boolean isHandshakeComplete() {
    return complete;
  }

  @Override
  public @Nullable String failure() {
    return failure;
  }

  @Override
  public @Nullable PeerIdentity peer() {
    return complete ? candidate : null;
  }

  @Override
  public byte[] exportDataKeys() {
    byte[] keys = dataKeys;
    if (keys == null) {
      throw new IllegalStateException("data keys are exported once, after the handshake");
    }
    dataKeys = null;
    return keys;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    byte[] keys = dataKeys;
    if (keys != null) {
      Arrays.fill(keys, (byte) 0);
      dataKeys = null;
    }
    for (byte[] plaintext : plaintexts) {
      Arrays.fill(plaintext, (byte) 0);
    }
    plaintexts.clear();
    // Makes BouncyCastle forget its secrets; close_notify stays in the output for who wants it.
    guarded(protocol::close);
  }

  private void guarded(Start step) {
    try {
      step.start();
    } catch (TlsFatalAlertReceived e) {
      fail("the peer sent alert " + AlertDescription.getText(e.getAlertDescription()));
    } catch (TlsFatalAlert e) {
      fail(describe(e));
    } catch (IOException | RuntimeException e) {
      fail(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static String describe(TlsFatalAlert e) {
    Throwable cause = e.getCause();
    return e.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
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
