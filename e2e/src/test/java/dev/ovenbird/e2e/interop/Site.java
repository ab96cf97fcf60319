package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.client.TrixieRoot;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.interop.Peers.Program;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A lab and a server in it, for cells that one server can serve one after the other. */
final class Site implements AutoCloseable {
  /** So that there is one while a cell is looked at. */
  private static final int RENEGOTIATION_SECONDS = 2;

  /** OpenVPN 3 sends on its old key for half of what it takes for the age of a key. */
  private static final String OPENVPN_3_RENEGOTIATION_SECONDS = "10";

  private static final int STOCK_PORT = 2194;

  /**
   * What a server is started with.
   *
   * @param legacy wrap of our server's legacy profiles, beside tls-crypt-v2
   * @param onlyCipher for a client that can't be told which ciphers to offer
   */
  record Key(
      Program server, Wrap legacy, Renewal renewal, KeyKind keys, Optional<String> onlyCipher) {
    static Key of(Cell cell) {
      Optional<String> cipher =
          cell.peers().client == Program.STOCK_3
              ? Optional.of(cell.data().cipher)
              : Optional.empty();
      return new Key(
          cell.peers().server,
          cell.wrap() == Wrap.TLS_AUTH ? Wrap.TLS_AUTH : Wrap.TLS_CRYPT,
          cell.renewal(),
          cell.key(),
          cipher);
    }

    /** Without AES there can be no legacy profiles. */
    boolean hasLegacyProfiles() {
      return onlyCipher.isEmpty() || onlyCipher.get().startsWith("AES-");
    }
  }

  private final Scope scope;
  private final Key key;
  private final Path dir;
  private final Lab lab;
  private final Optional<LocalCluster> cluster;

  private Site(Scope scope, Key key) {
    this.key = key;
    this.scope = scope;
    this.dir = TempFolder.create(scope, "ovenbird-interop");
    this.lab = Lab.create(scope, 1);
    this.cluster =
        key.server() == Program.OURS
            ? Optional.of(LocalCluster.start(scope, lab.server(), dir, spec(key)))
            : Optional.empty();
  }

  /** Makes everything, and takes it away again if the server does not come up. */
  static Site open(Key key) {
    Scope scope = new Scope();
    try {
      return new Site(scope, key);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  private static ClusterSpec spec(Key key) {
    String ciphers =
        key.onlyCipher()
            .orElse(
                Stream.of(Data.values())
                    .map(data -> data.cipher)
                    .distinct()
                    .collect(Collectors.joining(", ")));
    return new ClusterSpec()
        .lanes(1)
        .set(
            "tls",
            "{renegotiation: %ds, dataCiphers: [%s], controlChannel: {legacyProfiles: %s, legacyWrap: %s, dynamicTLSCrypt: %s}}"
                .formatted(
                    RENEGOTIATION_SECONDS,
                    ciphers,
                    key.hasLegacyProfiles() ? "Enabled" : "Disabled",
                    key.legacy() == Wrap.TLS_AUTH ? "TLSAuth" : "TLSCrypt",
                    key.renewal() == Renewal.DYNAMIC_TLS_CRYPT ? "Enabled" : "Disabled"))
        .set(
            "pki",
            "{privateKey: {algorithm: %s}}".formatted(key.keys() == KeyKind.RSA ? "RSA" : "ECDSA"))
        .client("alice");
  }

  Lab lab() {
    return lab;
  }

  Path dir() {
    return dir;
  }

  /** The server's port for a cell. */
  int port(Cell cell) {
    if (cluster.isEmpty()) {
      return STOCK_PORT;
    }
    return cell.transport() == Transport.TCP ? ClusterSpec.TCP_PORT : ClusterSpec.UDP_PORT;
  }

  /** The server's profile with the choices of a cell; starts the server if it is stock openvpn. */
  Profile profile(Scope cellScope, Cell cell) throws IOException {
    Profile profile =
        cluster.isPresent()
            ? cluster.get().profile(cell.wrap() == Wrap.TLS_CRYPT_V2 ? "alice" : "alice_legacy")
            : stock(cellScope, cell).profile();
    if (cell.peers().client == Program.STOCK_3) {
      profile = profile.with("reneg-sec", OPENVPN_3_RENEGOTIATION_SECONDS);
    }
    String protocol = cell.transport() == Transport.TCP ? "tcp" : "udp";
    return profile
        .with(new Profile.Remote(cell.family().server, port(cell), protocol))
        .with("tls-version-min", cell.tls().number)
        .with("tls-version-max", cell.tls().number)
        .with("data-ciphers", cell.data().cipher)
        .with("ncp-ciphers", cell.data().cipher)
        .with("verb", "4");
  }

  private StockServer stock(Scope cellScope, Cell cell) throws IOException {
    Path program = key.server() == Program.STOCK_2_7 ? TrixieRoot.openVpn(dir) : Path.of("openvpn");
    return StockServer.start(
        cellScope,
        lab.server(),
        dir,
        new StockServer.Setup(
            program,
            cell.transport() == Transport.TCP,
            STOCK_PORT,
            cell.wrap().directive,
            cell.key() == KeyKind.RSA ? 2048 : 0,
            cell.data().cipher,
            RENEGOTIATION_SECONDS,
            ""));
  }

  /** Negotiations that our server has logged as failed so far. */
  long failedNegotiations() {
    return cluster.map(ours -> ours.log().count("Negotiation failed")).orElse(0L);
  }

  @Override
  public void close() {
    scope.close();
  }
}
