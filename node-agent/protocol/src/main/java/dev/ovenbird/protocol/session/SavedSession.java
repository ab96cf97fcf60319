package dev.ovenbird.protocol.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.TlsAuth;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cold part of a {@link SessionRecord}: who the client is and what was settled with it. Keys
 * are not in it, but marks of those that belong to it.
 *
 * @param remote the client's session id
 * @param own the server's
 * @param sinceNanos when its first key was made, boot nanoseconds
 * @param login who has logged in; null if no password was asked for
 * @param exportsKeys whether renegotiations take their keys from the TLS exporter
 * @param wrap protection of control packets: of a key of 256 bytes that the record has
 * @param wrapMark of that key
 * @param renewedMark of the renewed wrap's key; 0 = there is none
 * @param keys newest first
 */
record SavedSession(
    SessionId remote,
    SessionId own,
    long sinceNanos,
    long sinceWallSeconds,
    Admission.Admitted admitted,
    PeerIdentity identity,
    PeerInfo info,
    DataFormat format,
    @Nullable Login login,
    boolean exportsKeys,
    WrapKind wrap,
    long wrapMark,
    long renewedMark,
    List<Key> keys) {

  /**
   * A live data key.
   *
   * @param slot of the ring
   * @param expires boot nanoseconds
   */
  record Key(int slot, int keyId, long expires) {}

  /**
   * What a wrap is besides its key.
   *
   * @param digest of tls-auth; null = tls-crypt
   * @param direction of tls-auth
   */
  record WrapKind(TlsAuth.@Nullable Digest digest, boolean direction) {
    static WrapKind of(StaticWrap wrap) {
      return switch (wrap) {
        case StaticWrap.Crypt _ -> new WrapKind(null, false);
        case StaticWrap.Auth auth -> new WrapKind(auth.digest(), auth.direction());
      };
    }

    StaticWrap with(StaticKey key) {
      TlsAuth.Digest hmac = digest;
      return hmac == null ? new StaticWrap.Crypt(key) : new StaticWrap.Auth(key, hmac, direction);
    }
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try {
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeLong(remote.value());
      out.writeLong(own.value());
      out.writeLong(sinceNanos);
      out.writeLong(sinceWallSeconds);
      text(out, admitted.clientId());
      out.writeShort(admitted.addresses().size());
      for (byte[] address : admitted.addresses()) {
        block(out, address);
      }
      texts(out, admitted.push());
      text(out, identity.commonName());
      text(out, identity.serialHex());
      texts(out, identity.uris());
      text(out, identity.fingerprint());
      out.writeLong(identity.notAfterSeconds());
      byte[] metadata = identity.metadata();
      out.writeBoolean(metadata != null);
      block(out, metadata == null ? new byte[0] : metadata);
      text(
          out,
          info.values().entrySet().stream()
              .map(each -> each.getKey() + "=" + each.getValue())
              .collect(Collectors.joining("\n")));
      text(out, format.cipher().name());
      out.writeBoolean(format.epoch());
      text(out, format.auth().name());
      text(out, format.framing().name());
      Login loggedIn = login;
      out.writeBoolean(loggedIn != null);
      if (loggedIn != null) {
        text(out, loggedIn.username());
        text(out, loggedIn.sessionId());
        out.writeLong(loggedIn.initialSeconds());
      }
      out.writeBoolean(exportsKeys);
      TlsAuth.Digest digest = wrap.digest();
      text(out, digest == null ? "" : digest.name());
      out.writeBoolean(wrap.direction());
      out.writeLong(wrapMark);
      out.writeLong(renewedMark);
      out.writeShort(keys.size());
      for (Key key : keys) {
        out.writeByte(key.slot());
        out.writeByte(key.keyId());
        out.writeLong(key.expires());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't fail", e);
    }
    return bytes.toByteArray();
  }

  /** Null if it is not what {@link #encode} has made. */
  static @Nullable SavedSession decode(byte[] cold) {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(cold));
      SavedSession saved = read(in);
      return in.available() == 0 ? saved : null;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static SavedSession read(DataInputStream in) throws IOException {
    SessionId remote = new SessionId(in.readLong());
    SessionId own = new SessionId(in.readLong());
    long sinceNanos = in.readLong();
    long since = in.readLong();
    String clientId = text(in);
    int count = in.readUnsignedShort();
    List<byte[]> addresses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      addresses.add(block(in));
    }
    Admission.Admitted admitted = new Admission.Admitted(clientId, addresses, texts(in));
    String commonName = text(in);
    String serial = text(in);
    List<String> uris = texts(in);
    String fingerprint = text(in);
    long notAfter = in.readLong();
    boolean hasMetadata = in.readBoolean();
    byte[] metadata = block(in);
    PeerIdentity identity =
        new PeerIdentity(
            commonName, serial, uris, fingerprint, notAfter, hasMetadata ? metadata : null);
    PeerInfo info = PeerInfo.parse(text(in));
    DataCipher cipher = DataCipher.valueOf(text(in));
    boolean epoch = in.readBoolean();
    DataFormat format =
        new DataFormat(
            cipher, epoch, DataAuth.valueOf(text(in)), CompressionFraming.valueOf(text(in)));
    Login login = in.readBoolean() ? new Login(text(in), text(in), in.readLong()) : null;
    boolean exports = in.readBoolean();
    String digest = text(in);
    WrapKind wrap =
        new WrapKind(digest.isEmpty() ? null : TlsAuth.Digest.valueOf(digest), in.readBoolean());
    long wrapMark = in.readLong();
    long renewedMark = in.readLong();
    int live = in.readUnsignedShort();
    List<Key> keys = new ArrayList<>();
    for (int i = 0; i < live; i++) {
      Key key = new Key(in.readUnsignedByte(), in.readUnsignedByte(), in.readLong());
      if (key.slot() >= DataKeyRing.SLOTS || key.keyId() > 7) {
        throw new IOException("no such key");
      }
      keys.add(key);
    }
    return new SavedSession(
        remote,
        own,
        sinceNanos,
        since,
        admitted,
        identity,
        info,
        format,
        login,
        exports,
        wrap,
        wrapMark,
        renewedMark,
        keys);
  }

  /** Whether a client is still admitted as it was: with another address it has to connect again. */
  boolean isAdmittedAs(Admission.Admitted now) {
    if (!now.clientId().equals(admitted.clientId())
        || now.addresses().size() != admitted.addresses().size()) {
      return false;
    }
    for (int i = 0; i < now.addresses().size(); i++) {
      if (!Arrays.equals(now.addresses().get(i), admitted.addresses().get(i))) {
        return false;
      }
    }
    return true;
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    block(out, text.getBytes(UTF_8));
  }

  private static void texts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeShort(texts.size());
    for (String text : texts) {
      text(out, text);
    }
  }

  /** What is longer than a cold part can be makes it too long, whatever its length reads as. */
  private static void block(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(block(in), UTF_8);
  }

  private static List<String> texts(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(text(in));
    }
    return texts;
  }

  private static byte[] block(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readUnsignedShort()];
    in.readFully(bytes);
    return bytes;
  }
}
