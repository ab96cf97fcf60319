package dev.ovenbird.e2e.gateway;

import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a client and a server said in TLS before it was encrypted, from the wire: captured on the
 * client's link, unwrapped by the client's own tls-crypt-v2 key.
 */
final class ControlCapture {
  /** Opcode, session id, replay id, tag and a body that acknowledges nothing. */
  private static final int SHORTEST = 54;

  private final Capture capture;

  ControlCapture(Capture capture) {
    this.capture = capture;
  }

  /** Ends the capture, and returns the TLS bytes of key 0 that one side has sent, in order. */
  byte[] tls(Role sender, ClientKeyFile key) {
    capture.close();
    TlsCrypt wrap = new TlsCrypt(key.key(), sender.peer());
    Map<Long, byte[]> messages = new TreeMap<>();
    for (Capture.Packet packet : capture.packets()) {
      if (packet.fromClient() == (sender == Role.CLIENT)) {
        collect(wrap, packet.bytes(), key.wkc().length, messages);
      }
    }
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    messages.values().forEach(stream::writeBytes);
    return stream.toByteArray();
  }

  /** Also of several packets that left as one: a capture has them joined. */
  private static void collect(
      TlsCrypt wrap, byte[] joined, int wkcLength, Map<Long, byte[]> messages) {
    for (byte[] rest = joined; rest.length > 0; ) {
      Opcode opcode = Opcode.ofFirstByte(rest[0] & 0xff);
      boolean withKey = opcode == Opcode.CONTROL_WKC_V1;
      if ((opcode != Opcode.CONTROL_V1 && !withKey) || Opcode.keyId(rest[0]) != 0) {
        return;
      }
      int length = rest.length - (withKey ? wkcLength : 0);
      Unwrapped unwrapped = wrap.unwrap(rest, length);
      // The shortest beginning that is authentic is the first of them.
      for (int n = SHORTEST; unwrapped == null && n < rest.length; n++) {
        length = n;
        unwrapped = wrap.unwrap(Arrays.copyOf(rest, n), n);
      }
      if (unwrapped == null) {
        throw new AssertionError("a control packet that the client's key does not open");
      }
      try {
        ControlBody body = ControlBody.parse(false, unwrapped.body());
        messages.putIfAbsent(body.messageId(), body.payload());
      } catch (MalformedPacketException e) {
        throw new AssertionError(e);
      }
      rest = withKey ? new byte[0] : Arrays.copyOfRange(rest, length, rest.length);
    }
  }
}
