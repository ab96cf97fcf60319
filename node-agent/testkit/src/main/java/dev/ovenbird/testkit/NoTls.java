package dev.ovenbird.testkit;

import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * An engine without any protection: each record is a type, a length of two bytes and its plaintext;
 * a hello with a number each way is the handshake. It costs nothing, so that fuzzing and floods get
 * to what is around TLS, and lets a test say anything at all inside it.
 */
public final class NoTls implements TlsEngine {
  /** Type of the record that is the handshake. */
  public static final byte HELLO = 1;

  /** Type of a record with a plaintext. */
  public static final byte DATA = 2;

  private static final int HEADER_BYTES = 3;

  private final boolean client;
  private final PeerIdentity identity;
  private final long nonce;
  private long peerNonce;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private byte[] input = new byte[0];
  private List<byte[]> plaintexts = new ArrayList<>();
  private boolean complete;
  private @Nullable String failure;

  private NoTls(boolean client, PeerIdentity identity, long nonce) {
    this.client = client;
    this.identity = identity;
    this.nonce = nonce;
  }

  /** Engines of a server, to which every client has proved to be this one. */
  public static TlsEngineFactory server(PeerIdentity everyone) {
    return factory(false, everyone);
  }

  /** Engines of a client. */
  public static TlsEngineFactory client(PeerIdentity server) {
    return factory(true, server);
  }

  private static TlsEngineFactory factory(boolean client, PeerIdentity peer) {
    return new TlsEngineFactory() {
      private long engines;

      @Override
      public TlsEngine create() {
        return new NoTls(client, peer, ++engines);
      }
    };
  }

  /** A peer of that name, known by nothing else. */
  public static PeerIdentity named(String commonName) {
    return new PeerIdentity(
        commonName, "01", List.of("urn:test:" + commonName), "f0", Long.MAX_VALUE, null);
  }

  /** One record, as the engine writes it. */
  public static byte[] record(byte type, byte[] plaintext) {
    byte[] record = Arrays.copyOf(new byte[] {type, 0, 0}, HEADER_BYTES + plaintext.length);
    record[1] = (byte) (plaintext.length >>> 8);
    record[2] = (byte) plaintext.length;
    System.arraycopy(plaintext, 0, record, HEADER_BYTES, plaintext.length);
    return record;
  }

  @Override
  public void start() {
    if (client) {
      output.writeBytes(record(HELLO, ByteBuffer.allocate(8).putLong(nonce).array()));
    }
  }

  @Override
  public void offer(byte[] ciphertext) {
    if (failure != null) {
      return;
    }
    byte[] all = Arrays.copyOf(input, input.length + ciphertext.length);
    System.arraycopy(ciphertext, 0, all, input.length, ciphertext.length);
    int at = 0;
    while (all.length - at >= HEADER_BYTES) {
      int end = at + HEADER_BYTES + ((all[at + 1] & 255) << 8 | (all[at + 2] & 255));
      if ((all[at] != HELLO && all[at] != DATA) || (all[at] == DATA && !complete)) {
        failure = "no such record";
        return;
      }
      if (end > all.length) {
        break;
      }
      take(all[at], Arrays.copyOfRange(all, at + HEADER_BYTES, end));
      at = end;
    }
    input = Arrays.copyOfRange(all, at, all.length);
  }

  private void take(byte type, byte[] plaintext) {
    if (type == DATA) {
      if (plaintext.length > 0) {
        plaintexts.add(plaintext);
      }
    } else if (!complete) {
      complete = true;
      peerNonce = ByteBuffer.wrap(Arrays.copyOf(plaintext, 8)).getLong();
      if (!client) {
        output.writeBytes(record(HELLO, ByteBuffer.allocate(8).putLong(nonce).array()));
      }
    }
  }

  @Override
  public void write(byte[] plaintext) {
    if (!complete) {
      throw new IllegalStateException("the handshake is not complete");
    }
    output.writeBytes(record(DATA, plaintext));
  }

  @Override
  public byte[] takeOutput() {
    byte[] taken = output.toByteArray();
    output.reset();
    return taken;
  }

  @Override
  public List<byte[]> takePlaintexts() {
    List<byte[]> taken = plaintexts;
    plaintexts = new ArrayList<>();
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
    return complete ? identity : null;
  }

  @Override
  public byte[] exportDataKeys() {
    return exported(1);
  }

  @Override
  public byte[] exportWrapKey() {
    return exported(2);
  }

  @Override
  public void forgetExports() {}

  private byte[] exported(int label) {
    byte[] keys = new byte[256];
    long fromClient = client ? nonce : peerNonce;
    long fromServer = client ? peerNonce : nonce;
    new Random((fromClient * 1_000_003 + fromServer) * 31 + label).nextBytes(keys);
    return keys;
  }

  @Override
  public void close() {}
}
