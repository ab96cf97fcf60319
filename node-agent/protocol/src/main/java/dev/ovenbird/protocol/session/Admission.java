package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect, asked on the endpoint's thread: answers come from memory, at once. The server's
 * roster is behind this.
 */
public interface Admission {
  /**
   * Before TLS: whether the wrapped client key's metadata names a client that the roster knows.
   * False means silence.
   */
  boolean isKnown(byte[] metadata);

  /** After TLS and key exchange, for a first connection and again for every renegotiation. */
  Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path);

  /** What clients need besides their certificate, asked at every key exchange; null: nothing. */
  default @Nullable PasswordPolicy passwords() {
    return null;
  }

  /** The answer. */
  sealed interface Verdict {}

  /**
   * The client may connect.
   *
   * @param clientId what tells clients apart; two sessions with one id replace one another
   * @param addresses its tunnel addresses, IPv4 4 bytes or IPv6 16 bytes each
   * @param push options to push, in order, without those that the protocol negotiates (peer-id,
   *     cipher, protocol-flags, ping …)
   */
  record Admitted(String clientId, List<byte[]> addresses, List<String> push) implements Verdict {}

  /** The client may not; it is told {@code AUTH_FAILED,reason}. */
  record Refused(String reason) implements Verdict {}
}
