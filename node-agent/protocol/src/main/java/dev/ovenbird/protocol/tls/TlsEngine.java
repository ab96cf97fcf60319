package dev.ovenbird.protocol.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One TLS session as bytes in, bytes out. Not thread-safe, but may be driven by different threads
 * one after the other (with a happens-before between them). Nothing here throws on what the peer
 * sends: a failed engine has a {@link #failure} and its last alert in {@link #takeOutput}.
 */
public interface TlsEngine extends AutoCloseable {
  /** Label of the exporter for data keys; 256 bytes, no context (digest 4.3). */
  String DATA_KEYS_LABEL = "EXPORTER-OpenVPN-datakeys";

  /** Label of the exporter for dynamic tls-crypt; 256 bytes, no context (digest 2.7). */
  String WRAP_KEY_LABEL = "EXPORTER-OpenVPN-dynamic-tls-crypt";

  /** Client role: produces the ClientHello. Server role: nothing. */
  void start();

  /** Ciphertext from the peer, any split; a TLS record may span calls. */
  void offer(byte[] ciphertext);

  /**
   * Sends one plaintext, of at most 16,320 bytes, as exactly one TLS record; only after the
   * handshake.
   */
  void write(byte[] plaintext);

  /** Ciphertext for the peer since the last call; empty if none. */
  byte[] takeOutput();

  /** Plaintexts received since the last call, one per TLS record, in order. */
  List<byte[]> takePlaintexts();

  boolean isHandshakeComplete();

  /** Why the session is dead, in words for a log; null while it lives. */
  @Nullable String failure();

  /** The verified peer, once the handshake is complete; null before. */
  @Nullable PeerIdentity peer();

  /** 256 bytes of {@link #DATA_KEYS_LABEL}; only after the handshake. The caller wipes them. */
  byte[] exportDataKeys();

  /** 256 bytes of {@link #WRAP_KEY_LABEL}; only after the handshake. The caller wipes them. */
  byte[] exportWrapKey();

  /** Wipes what was not exported: nobody wants it any more. */
  void forgetExports();

  /** Forgets all secrets. */
  @Override
  void close();
}
