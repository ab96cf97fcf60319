package dev.ovenbird.protocol.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * The JDK's TLS in either role. What it calls delegated tasks runs at once: whoever drives this
 * engine has left the packet thread already. It cannot wipe its secrets, only let go of them.
 */
final class JsseTlsEngine extends RecordTlsEngine {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final byte HANDSHAKE_RECORD = 22;

  /** More than any record holds, for when the JDK wants more room than the plaintext takes. */
  private static final int LARGEST = 1 << 15;

  private static final String ALERT_RECEIVED = "Received fatal alert: ";

  private final SSLEngine engine;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  /**
   * @param context makes this engine and no other: its session cache and ticket keys end with it
   */
  JsseTlsEngine(JsseContext context) {
    this.engine = context.engine(this);
  }

  @Override
  void begin() throws IOException {
    engine.beginHandshake();
    advance(NOTHING);
  }

  @Override
  void process(byte[] bytes, int length) throws IOException {
    // In TLS 1.3 all that comes after the handshake looks like application data.
    if (isHandshakeComplete() && bytes[0] == HANDSHAKE_RECORD) {
      throw new SSLException("the peer wants to renegotiate inside of TLS");
    }
    try {
      advance(ByteBuffer.wrap(bytes, 0, length));
    } catch (SSLException e) {
      flushAlert();
      throw e;
    }
  }

  /** Unwraps the record and does all that follows from it. */
  private void advance(ByteBuffer input) throws IOException {
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
            task.run();
          }
        }
        case NEED_WRAP -> {
          if (!wrap(NOTHING)) {
            return;
          }
        }
        default -> {
          if (!input.hasRemaining() || !unwrap(input)) {
            return;
          }
        }
      }
    }
  }

  /** Whether there may be more to do. */
  private boolean unwrap(ByteBuffer input) throws IOException {
    ByteBuffer plaintext = ByteBuffer.allocate(input.remaining());
    SSLEngineResult result = engine.unwrap(input, plaintext);
    if (result.getStatus() == Status.BUFFER_OVERFLOW) {
      plaintext = ByteBuffer.allocate(LARGEST);
      result = engine.unwrap(input, plaintext);
    }
    if (plaintext.position() > 0) {
      byte[] bytes = new byte[plaintext.flip().remaining()];
      plaintext.get(bytes);
      received(bytes);
    }
    return goOn(result);
  }

  private boolean wrap(ByteBuffer plaintext) throws IOException {
    ByteBuffer ciphertext = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(plaintext, ciphertext);
    output.write(ciphertext.array(), 0, ciphertext.position());
    return goOn(result);
  }

  private boolean goOn(SSLEngineResult result) throws IOException {
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      finished();
    }
    return switch (result.getStatus()) {
      case OK -> true;
      // Its close_notify; an answer may be waiting.
      case CLOSED -> result.bytesConsumed() > 0;
      case BUFFER_UNDERFLOW -> throw new SSLException("incomplete TLS record");
      case BUFFER_OVERFLOW -> throw new SSLException("TLS record too long");
    };
  }

  private void finished() throws IOException {
    if (!isVerified()) {
      throw new SSLException("no verified peer");
    }
    // Throws in TLS 1.2 without extended master secret.
    ExtendedSSLSession session = (ExtendedSSLSession) engine.getSession();
    completed((label, length) -> session.exportKeyingMaterialData(label, null, length));
  }

  /** After a failure: the alert that tells the peer, if there is one. */
  private void flushAlert() {
    engine.closeOutbound();
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && wrap(NOTHING)) {
        continue;
      }
    } catch (IOException e) {
      // Why it failed is known already.
    }
  }

  @Override
  void seal(byte[] plaintext) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(plaintext);
    wrap(source);
    if (source.hasRemaining()) {
      throw new SSLException("more than one TLS record");
    }
  }

  @Override
  boolean isClosedByPeer() {
    return engine.isInboundDone();
  }

  @Override
  public byte[] takeOutput() {
    byte[] taken = output.toByteArray();
    output.reset();
    return taken;
  }

  @Override
  void forget() {
    flushAlert();
  }

  /** The JDK puts the alert's name in brackets before what it says. */
  @Override
  String describe(Exception e) {
    String message = Objects.requireNonNullElse(e.getMessage(), "");
    int alert = message.indexOf(ALERT_RECEIVED);
    if (alert >= 0) {
      return "the peer sent alert " + message.substring(alert + ALERT_RECEIVED.length());
    }
    return e instanceof SSLException ? message : e.getClass().getSimpleName() + ": " + message;
  }
}
