package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.AuthTokens;
import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.NcpNegotiation;
import dev.ovenbird.protocol.message.OccString;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.StaticKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The server's key method 2 messages to one client, and the data keys made of them. The first
 * exchange admits the client and takes its peer id; the later ones see to it that the same client
 * stands behind them, and is still welcome.
 */
final class ServerKeyExchange {
  private final ServerEndpoint endpoint;
  private final ServerNegotiator negotiator;
  private final ServerConfig config;
  private final byte @Nullable [] metadata;
  private @Nullable StaticKey wrapKey;
  private @Nullable AdmittedClient client;
  private @Nullable DataKeyRing keys;
  private int peerId = -1;
  private int derivations;
  private boolean releasePeerIdLater;

  /**
   * @param metadata null if the client has no key of its own
   * @param wrapKey what the control channel's wrap was made of, to be wiped here; null if
   *     renegotiations keep that wrap
   */
  ServerKeyExchange(
      ServerEndpoint endpoint,
      ServerNegotiator negotiator,
      ServerConfig config,
      byte @Nullable [] metadata,
      @Nullable StaticKey wrapKey) {
    this.wrapKey = wrapKey;
    this.endpoint = endpoint;
    this.negotiator = negotiator;
    this.config = config;
    this.metadata = metadata;
  }

  /** Who was admitted; null before the first exchange, and if that refused it. */
  @Nullable AdmittedClient client() {
    return client;
  }

  /** The session's data keys; null until the client is admitted, and after {@link #close}. */
  @Nullable DataKeyRing keys() {
    return keys;
  }

  /**
   * Answers a client's message, now or once its password is checked, and begins to derive the
   * negotiation's data key unless the client is refused: then {@link KeyState#refusal} is what to
   * tell it.
   */
  void received(
      KeyState key,
      ClientKeyMethod2 message,
      LinkPath path,
      ControlChannel channel,
      long bootNanos,
      long wallSeconds) {
    PeerIdentity peer = key.peer();
    if (peer == null) {
      channel.fail(key, "key method 2 message before the client's certificate", bootNanos);
      return;
    }
    PeerIdentity proven =
        new PeerIdentity(
            peer.commonName(),
            peer.serialHex(),
            peer.uris(),
            peer.fingerprint(),
            peer.notAfterSeconds(),
            metadata);
    PasswordPolicy policy = endpoint.admission().passwords();
    if (policy == null) {
      answer(key, message, proven, null, null, path, channel, bootNanos);
      return;
    }
    // Certificate and roster first: strangers guess no passwords here.
    PeerInfo info = PeerInfo.parse(message.peerInfo());
    PasswordPolicy.Step step =
        switch (endpoint.admission().admit(proven, info, path)) {
          case Admission.Refused(String reason) -> new PasswordPolicy.Step.Refused(reason);
          case Admission.Admitted admitted ->
              policy.begin(
                  message.username(),
                  message.password(),
                  login(),
                  proven,
                  admitted.clientId(),
                  path.remoteAddress(),
                  wallSeconds);
        };
    Arrays.fill(message.password(), (byte) 0);
    if (step instanceof PasswordPolicy.Step.Ask(Attempt attempt)) {
      AuthenticationTask question =
          new AuthenticationTask(negotiator, key, message, proven, policy, attempt);
      if (endpoint.logins().begin(attempt.clientId())) {
        endpoint.submit(question);
      } else {
        endpoint.dropped(DropReason.LIMIT);
        question.abandon();
        authenticated(question, path, channel, bootNanos, wallSeconds);
      }
    } else {
      answer(step, key, message, proven, path, channel, bootNanos);
    }
  }

  /** The authenticator has spoken: the key exchange that waited for it goes on. */
  void authenticated(
      AuthenticationTask asked,
      LinkPath path,
      ControlChannel channel,
      long bootNanos,
      long wallSeconds) {
    PasswordPolicy.Step step =
        asked.policy.decided(
            asked.decision(),
            asked.attempt,
            login(),
            PeerInfo.parse(asked.message.peerInfo()).supports(IvProto.AUTH_FAIL_TEMP),
            endpoint.randomBytes(AuthTokens.SESSION_ID_BYTES),
            wallSeconds);
    answer(step, asked.key, asked.message, asked.identity, path, channel, bootNanos);
  }

  private @Nullable Login login() {
    return client == null ? null : client.login();
  }

  private void answer(
      PasswordPolicy.Step step,
      KeyState key,
      ClientKeyMethod2 message,
      PeerIdentity proven,
      LinkPath path,
      ControlChannel channel,
      long bootNanos) {
    switch (step) {
      case PasswordPolicy.Step.LoggedIn(Login login) ->
          answer(key, message, proven, login, null, path, channel, bootNanos);
      case PasswordPolicy.Step.Refused(String reason) ->
          answer(key, message, proven, null, reason, path, channel, bootNanos);
      case PasswordPolicy.Step.Ask _ -> throw new IllegalStateException("asked twice");
    }
  }

  /**
   * @param login that the password has proven; null if none was asked for
   * @param wrongPassword what to tell the client; null if there is nothing wrong
   */
  private void answer(
      KeyState key,
      ClientKeyMethod2 message,
      PeerIdentity proven,
      @Nullable Login login,
      @Nullable String wrongPassword,
      LinkPath path,
      ControlChannel channel,
      long bootNanos) {
    AdmittedClient before = client;
    String refusal = wrongPassword;
    if (refusal == null) {
      refusal =
          before == null
              ? admit(message, proven, login, path)
              : admitAgain(before, proven, login, path);
    }
    AdmittedClient admitted = client;
    DataAuth auth = admitted == null ? DataAuth.DEFAULT : admitted.format().auth();
    ServerKeyMethod2 answer =
        new ServerKeyMethod2(
            endpoint.randomBytes(32),
            endpoint.randomBytes(32),
            OccString.server(path.transport() == Transport.TCP, auth));
    key.write(answer.encode());
    key.phase = KeyState.Phase.KEYED;
    DataKeyRing ring = keys;
    if (refusal != null || ring == null || admitted == null) {
      key.refusal = refusal == null ? "" : refusal;
      message.wipe();
      answer.wipe();
      return;
    }
    key.recordOffset = ring.reserve();
    if (key.recordOffset < 0) {
      channel.fail(key, "too many negotiations at once", bootNanos);
      return;
    }
    derivations++;
    key.derive(
        new KeyRecipe(
            admitted.exportsKeys(config),
            message,
            answer,
            channel.remote(),
            channel.own,
            Role.SERVER,
            config.aead(),
            admitted.format(),
            key.keyId,
            ring.record(),
            key.recordOffset,
            admitted.renewsWrap(config) ? takeWrapKey() : null));
  }

  /** Of key id 0 only (digest 2.7): the recipe wipes it. */
  private @Nullable StaticKey takeWrapKey() {
    StaticKey taken = wrapKey;
    wrapKey = null;
    return taken;
  }

  /** Null if the client may connect; else what to tell it. */
  private @Nullable String admit(
      ClientKeyMethod2 message, PeerIdentity proven, @Nullable Login login, LinkPath path) {
    PeerInfo info = PeerInfo.parse(message.peerInfo());
    switch (endpoint.admission().admit(proven, info, path)) {
      case Admission.Refused refused -> {
        return refused.reason();
      }
      case Admission.Admitted ok -> {
        DataFormat format =
            NcpNegotiation.choose(
                config.dataCiphers(),
                info,
                message.options(),
                AdmittedClient.exportsKeys(info, config));
        if (format == null) {
          return "Data channel cipher negotiation failed (no shared cipher)";
        }
        peerId = endpoint.takePeerId(ok.clientId());
        if (peerId < 0) {
          endpoint.dropped(DropReason.LIMIT);
          return info.supports(IvProto.AUTH_FAIL_TEMP)
              ? "TEMP[advance remote]:this server is full"
              : "this server is full";
        }
        client = new AdmittedClient(ok, proven, info, format, peerId, login);
        keys = endpoint.ring(peerId);
        return null;
      }
    }
  }

  /** The same client must stand behind a renegotiation, and still be welcome (digest 3.3). */
  private @Nullable String admitAgain(
      AdmittedClient before, PeerIdentity proven, @Nullable Login login, LinkPath path) {
    if (!before.hasCertificateOf(proven)) {
      return "certificate changed during the session";
    }
    return switch (endpoint.admission().admit(proven, before.info(), path)) {
      case Admission.Refused refused -> refused.reason();
      case Admission.Admitted again when again.clientId().equals(before.admitted().clientId()) -> {
        client = before.with(login);
        yield null;
      }
      case Admission.Admitted _ -> "identity changed during the session";
    };
  }

  /** A derivation has ended; null if it failed. */
  void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos) {
    derivations--;
    DataKeyRing ring = keys;
    if (ring == null) {
      if (dataKey != null) {
        dataKey.close();
      }
      releasePeerIdIfIdle();
    } else if (dataKey == null) {
      ring.release(key.recordOffset);
    } else {
      ring.add(dataKey, key.recordOffset, bootNanos + config.transitionWindowNanos());
    }
  }

  /** From now on the newest key sends, if the client can decrypt with it already. */
  void sendWithNewest() {
    AdmittedClient admitted = client;
    if (keys != null && admitted != null && !admitted.isOpenVpn3()) {
      keys.sendWithNewest();
    }
  }

  /**
   * Whether a soft reset of ours would cost the client no key. OpenVPN 3 gives up the newer of its
   * two keys for the next, and never comes to send on any if resets come faster than it does.
   */
  boolean mayRenew() {
    AdmittedClient admitted = client;
    return keys == null
        || admitted == null
        || !admitted.isOpenVpn3()
        || keys.sending() == keys.newest();
  }

  /** Wipes the data keys, and gives the peer id back. */
  void close() {
    StaticKey unused = takeWrapKey();
    if (unused != null) {
      unused.wipe();
    }
    if (keys != null) {
      keys.close();
      keys.record().wipe();
      keys = null;
    }
    if (peerId >= 0) {
      releasePeerIdLater = true;
      releasePeerIdIfIdle();
    }
  }

  /** Goes on with what an earlier process settled. */
  void resume(AdmittedClient before, DataKeyRing ring) {
    client = before;
    keys = ring;
    peerId = before.peerId();
  }

  /** A derivation on another thread may still write to the peer id's records. */
  private void releasePeerIdIfIdle() {
    if (releasePeerIdLater && derivations == 0) {
      releasePeerIdLater = false;
      endpoint.releasePeerId(peerId);
      peerId = -1;
    }
  }
}
