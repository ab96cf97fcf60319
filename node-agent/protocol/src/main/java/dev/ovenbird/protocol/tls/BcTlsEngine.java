package dev.ovenbird.protocol.tls;

import java.io.IOException;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;

/** BouncyCastle's TLS protocol in either role, without I/O. */
final class BcTlsEngine extends RecordTlsEngine {
  private final TlsProtocol protocol;
  private final Step begin;

  /**
   * @param begin starts the protocol in the client role; nothing in the server role
   */
  BcTlsEngine(TlsProtocol protocol, Step begin) {
    this.protocol = protocol;
    this.begin = begin;
  }

  /** The only moment at which BouncyCastle exports keys (tls.md). */
  void handshakeComplete(TlsContext context) throws IOException {
    if (!isVerified()) {
      throw new TlsFatalAlert(AlertDescription.internal_error, "no verified peer");
    }
    completed((label, length) -> context.exportKeyingMaterial(label, null, length));
  }

  @Override
  void begin() throws IOException {
    begin.run();
  }

  @Override
  void process(byte[] bytes, int length) throws IOException {
    protocol.offerInput(bytes, 0, length);
    int available = protocol.getAvailableInputBytes();
    if (available > 0) {
      byte[] plaintext = new byte[available];
      protocol.readInput(plaintext, 0, available);
      received(plaintext);
    }
  }

  @Override
  void seal(byte[] plaintext) throws IOException {
    protocol.writeApplicationData(plaintext, 0, plaintext.length);
  }

  @Override
  boolean isClosedByPeer() {
    return protocol.isClosed();
  }

  @Override
  public byte[] takeOutput() {
    byte[] output = new byte[protocol.getAvailableOutputBytes()];
    if (output.length > 0) {
      protocol.readOutput(output, 0, output.length);
    }
    return output;
  }

  /** Closing makes BouncyCastle forget its secrets. */
  @Override
  void forget() throws IOException {
    protocol.close();
  }

  @Override
  String describe(Exception e) {
    if (e instanceof TlsFatalAlertReceived received) {
      return "the peer sent alert " + AlertDescription.getText(received.getAlertDescription());
    }
    if (e instanceof TlsFatalAlert fatal) {
      Throwable cause = fatal.getCause();
      return fatal.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
