package dev.ovenbird.protocol.session;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.OccString;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.Transport;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The client's key method 2 messages, and the data keys made of them: in every negotiation its own
 * goes out first, the server's answers, and once PUSH_REPLY has come a key is derived.
 */
final class ClientKeyExchange {
  private final ClientConfig config;
  private final DataKeyRing keys;
  private final SecureRandom random;
  private @Nullable ServerKeyMethod2 serverKeyMethod;
  private @Nullable DataFormat format;
  private @Nullable String token;
  private int derivations;

  ClientKeyExchange(ClientConfig config, DataKeyRing keys, SecureRandom random) {
    this.config = config;
    this.keys = keys;
    this.random = random;
  }

  /** A new negotiation: what the server said in the last one counts no more. */
  void restart() {
    serverKeyMethod = null;
  }

  /** Says the client's part; TLS is through. */
  void offer(KeyState key) {
    ClientKeyMethod2 own =
        new ClientKeyMethod2(
            randomBytes(48),
            randomBytes(32),
            randomBytes(32),
            OccString.client(
                config.transport() == Transport.TCP,
                config.features().auth(),
                config.features().framing()),
            config.login().username(),
            token == null ? config.login().password().clone() : token.getBytes(US_ASCII),
            config.peerInfo());
    key.ownKeyMethod = own;
    key.write(own.encode());
  }

  /** From now on this stands for the password. */
  void token(String pushed) {
    token = pushed;
  }

  private byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Reads the server's part. */
  void answered(byte[] record) throws MalformedMessageException {
    serverKeyMethod = ServerKeyMethod2.parse(record);
  }

  /** Of the data packets; null before the first derivation. */
  @Nullable DataFormat format() {
    return format;
  }

  /** Begins to derive a negotiation's data key. Null, or why it can't be. */
  @Nullable String derive(KeyState key, PushedSession session, ControlChannel control) {
    ClientKeyMethod2 own = key.ownKeyMethod;
    ServerKeyMethod2 server = serverKeyMethod;
    if (own == null || server == null) {
      return "PUSH_REPLY before the key exchange";
    }
    DataFormat agreed = format;
    if (agreed == null) {
      try {
        agreed = session.format(server.options(), config);
      } catch (MalformedMessageException e) {
        return "PUSH_REPLY cannot be met: " + e.getMessage();
      }
      format = agreed;
    }
    key.recordOffset = keys.reserve();
    if (key.recordOffset < 0) {
      return "too many negotiations at once";
    }
    key.ownKeyMethod = null;
    serverKeyMethod = null;
    derivations++;
    key.derive(
        new KeyRecipe(
            session.keyExport(),
            own,
            server,
            control.own,
            control.remote(),
            Role.CLIENT,
            config.aead(),
            agreed,
            key.keyId,
            keys.record(),
            key.recordOffset,
            session.renewsWrap() && key.keyId == 0 ? config.wrap().key().copy() : null));
    return null;
  }

  /** Whether a data key is being made. */
  boolean isDeriving() {
    return derivations > 0;
  }

  /**
   * A derivation has ended.
   *
   * @param wanted false if the session is over
   * @return whether there is a new data key
   */
  boolean derived(KeyState key, @Nullable DataKey dataKey, boolean wanted, long bootNanos) {
    derivations--;
    if (dataKey == null) {
      keys.release(key.recordOffset);
      return false;
    }
    if (!wanted) {
      dataKey.close();
      keys.close();
      return false;
    }
    keys.add(dataKey, key.recordOffset, bootNanos + config.transitionWindowNanos());
    return true;
  }

  /** Wipes the data keys, after the last derivation if one runs. */
  void close() {
    if (derivations == 0) {
      keys.close();
    }
  }
}
