package dev.ovenbird.app.roster;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Admits whom the roster lists: wrapped client key, certificate and roster must name one client. A
 * client of a legacy profile has no wrapped key: where those are accepted its certificate is
 * enough. It also says what is behind whom. Asked on the packet thread; roster and options are
 * swapped from another.
 */
public final class RosterAdmission implements Admission, ClientNetworks {
  private final LongSupplier wallSeconds;
  private volatile RosterIndex roster;
  private volatile PushOptions push;
  private volatile boolean legacyProfiles;
  private volatile @Nullable PasswordPolicy passwords;
  // Null while the roster is fresh; then the clients that were connected when it no longer was.
  private volatile @Nullable Set<String> admittedWhileStale;

  /**
   * @param wallSeconds Unix time
   */
  public RosterAdmission(RosterIndex roster, PushOptions push, LongSupplier wallSeconds) {
    this.roster = roster;
    this.push = push;
    this.wallSeconds = wallSeconds;
  }

  public RosterIndex roster() {
    return roster;
  }

  /** From now on this roster decides; sessions that it no longer admits are the caller's to end. */
  public void replaceRoster(RosterIndex next) {
    roster = next;
  }

  /** Whether the certificate may be all that says who a client is; it may not at first. */
  public void acceptLegacyProfiles(boolean accept) {
    legacyProfiles = accept;
  }

  /** What clients need besides their certificate from now on; null: nothing. */
  public void requirePasswords(@Nullable PasswordPolicy policy) {
    passwords = policy;
  }

  @Override
  public @Nullable PasswordPolicy passwords() {
    return passwords;
  }

  /** What clients that connect from now on are told. */
  public void replacePush(PushOptions next) {
    push = next;
  }

  /**
   * The roster is too old to let anybody in but those connected now, who may renegotiate: with the
   * API server away nobody could have been taken off it.
   */
  public void freeze(Set<String> connectedClients) {
    admittedWhileStale = Set.copyOf(connectedClients);
  }

  /** The roster is fresh (again). */
  public void thaw() {
    admittedWhileStale = null;
  }

  public boolean isFrozen() {
    return admittedWhileStale != null;
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    ClientKeyMetadata key = ClientKeyMetadata.parse(metadata);
    RosterIndex current = roster;
    return key != null
        && key.clusterUid().equals(current.clusterUid())
        && current.client(key.clientUid()) != null;
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    RosterIndex current = roster;
    byte[] metadata = identity.metadata();
    if (metadata == null && !legacyProfiles) {
      return new Refused("legacy profiles are disabled: use client.ovpn");
    }
    // Without a wrapped key it is the certificate that says who the client is; with one, both.
    ClientKeyMetadata key =
        metadata == null
            ? ClientKeyMetadata.ofUri(onlyName(identity))
            : ClientKeyMetadata.parse(metadata);
    if (key == null || !key.clusterUid().equals(current.clusterUid())) {
      return new Refused("this profile is of another cluster");
    }
    if (!key.uri().equals(onlyName(identity))) {
      return new Refused("certificate and tls-crypt-v2 key are not of one client");
    }
    RosterIndex.Client client = current.client(key.clientUid());
    if (client == null) {
      return new Refused("access removed");
    }
    if (!client.serials().contains(identity.serialHex())) {
      return new Refused("this profile was replaced: use the current one");
    }
    if (client.suspended()) {
      return new Refused("access suspended");
    }
    if (client.endSeconds() <= wallSeconds.getAsLong()) {
      return new Refused("access ended");
    }
    Set<String> connected = admittedWhileStale;
    if (connected != null && !connected.contains(client.uid())) {
      String reason = "the list of clients is out of date: try again later";
      // A stock client exits on a plain AUTH_FAILED; this one tries the next remote (digest 6.6).
      return new Refused(
          info.supports(IvProto.AUTH_FAIL_TEMP)
              ? "TEMP[backoff 30,advance remote]:" + reason
              : reason);
    }
    return new Admitted(
        client.uid(),
        client.addresses(),
        push.forClient(client.addresses(), client.networks(), info, path));
  }

  @Override
  public List<Cidr> of(String clientId) {
    RosterIndex.Client client = roster.client(clientId);
    return client == null ? List.of() : client.networks();
  }

  /** The certificate's URI of ours; null if it has none or several. */
  private static @Nullable String onlyName(PeerIdentity identity) {
    String only = null;
    for (String candidate : identity.uris()) {
      if (candidate.startsWith(ClientKeyMetadata.URI_PREFIX)) {
        if (only != null) {
          return null;
        }
        only = candidate;
      }
    }
    return only;
  }
}
