package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.client.TrixieRoot;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.service.Iperf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts contestants, each in a lab of its own with an iperf3 behind its server, and pins their
 * processes. All but wireguard-go: AES-256-GCM over UDP and IPv4, and, where nothing else is said,
 * Debian 12's openvpn as the client.
 */
final class Contestants {
  static final int STOCK_PORT = 2194;
  static final Duration CONNECT = Duration.ofSeconds(30);

  private final Scope scope;
  private final Path dir;
  private final Pinning pinning;
  private final String libraryPath;

  /**
   * @param dir for files
   * @param libraryPath where contestants with another libcrypto find it; may be empty
   */
  Contestants(Scope scope, Path dir, Pinning pinning, String libraryPath) {
    this.scope = scope;
    this.dir = dir;
    this.pinning = pinning;
    this.libraryPath = libraryPath;
  }

  /**
   * Starts those that are asked for; one that this machine does not have is noted and left out.
   *
   * @throws IllegalStateException if none is left
   */
  List<Contestant> start(
      List<Contender> wanted, Buffers buffers, Map<Contender, Figures> figures, Report report) {
    List<Contestant> started = new ArrayList<>();
    for (Contender contender : wanted) {
      String absent = absence(contender);
      if (absent.isEmpty()) {
        Figures own = figures.computeIfAbsent(contender, it -> report.contestant(it.label));
        started.add(start(contender, buffers, own));
      } else {
        report.note(contender.label + " is absent: " + absent);
      }
    }
    if (started.isEmpty()) {
      throw new IllegalStateException("nobody to measure: see --contestants");
    }
    return started;
  }

  /** Why there is no such contestant; empty if there is. */
  String absence(Contender contender) {
    try {
      if (contender == Contender.OPENVPN_27) {
        TrixieRoot.folder();
      } else if (contender == Contender.WIREGUARD_GO && WireGuard.program().isEmpty()) {
        return "no program of it in OVENBIRD_WIREGUARD_GO (the launcher builds it with Go)";
      } else if (contender.hasOtherLibrary()
          && !Files.exists(Path.of(libraryPath, "libcrypto.so.3"))) {
        return "--library-path '" + libraryPath + "' has no libcrypto.so.3";
      }
      return "";
    } catch (IOException | IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private Contestant start(Contender contender, Buffers buffers, Figures figures) {
    Lab lab = Lab.create(scope, 1);
    Contestant started =
        switch (contender) {
          case OPENVPN_26, OPENVPN_27 ->
              stock(lab, setup(contender).with(0, buffers.lines()), buffers, figures);
          case WIREGUARD_GO -> wireGuard(lab, buffers, figures);
          case OVENBIRD, OVENBIRD_OWN, OVENBIRD_LIBRARY, OVENBIRD_OWN_LIBRARY ->
              ours(contender, lab, buffers, figures);
        };
    pinning.rest(Iperf.serve(scope, lab.service()).pid());
    pinning.server(started.server());
    pinning.rest(started.client());
    return started;
  }

  /** A stock server of a contender's version; the kernel is not to do its work. */
  StockServer.Setup setup(Contender contender) {
    StockServer.Setup setup = StockServer.Setup.standard(STOCK_PORT);
    try {
      return contender == Contender.OPENVPN_27 ? setup.with(TrixieRoot.openVpn(folder())) : setup;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new folder for one server's files. */
  Path folder() {
    try {
      return Files.createTempDirectory(dir, "of");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Contestant stock(Lab lab, StockServer.Setup setup, Buffers buffers, Figures figures) {
    Path folder = folder();
    StockServer server =
        StockServer.start(
            scope, lab.server(), folder, setup.with(0, setup.more() + "disable-dco\n"));
    return connected(lab, server.log().pid(), server.profile(), buffers, figures);
  }

  /** The stock client, connected. */
  private Contestant connected(
      Lab lab, long server, Profile profile, Buffers buffers, Figures figures) {
    Path file = buffers.tune(profile).write(folder().resolve("client.ovpn"));
    OpenVpnClient client =
        OpenVpnClient.start(scope, lab.client(0), file, "--disable-dco").awaitConnected(CONNECT);
    return new Contestant(figures, lab, server, client.log().pid(), client.ipv4());
  }

  private Contestant ours(Contender contender, Lab lab, Buffers buffers, Figures figures) {
    Map<String, String> environment =
        contender.hasOtherLibrary() ? Map.of("LD_LIBRARY_PATH", libraryPath) : Map.of();
    LocalCluster cluster =
        LocalCluster.start(
            scope,
            lab.server(),
            folder(),
            new ClusterSpec().lanes(1).set("egress", "Routed").client("bench"),
            environment);
    long server = cluster.instance(0).pid();
    Profile profile =
        cluster.profile("bench").withOnly(remote -> remote.protocol().startsWith("udp"));
    if (!contender.hasOwnClient()) {
      return connected(lab, server, profile, buffers, figures);
    }
    Path file = profile.write(folder().resolve("client.ovpn"));
    OwnTunnel client = OwnTunnel.start(scope, lab.client(0), file, environment);
    return new Contestant(figures, lab, server, client.pid(), client.address());
  }

  private Contestant wireGuard(Lab lab, Buffers buffers, Figures figures) {
    WireGuard pair = WireGuard.start(scope, lab, buffers.queue());
    return new Contestant(figures, lab, pair.server(), pair.client(), WireGuard.CLIENT);
  }
}
