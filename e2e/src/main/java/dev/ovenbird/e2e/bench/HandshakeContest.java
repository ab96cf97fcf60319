package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Servers that are to shake hands, and which keys they do it with. */
final class HandshakeContest {
  /**
   * What stock openvpn would refuse is out of the way, so is a log line for each packet (it logs as
   * much as it does by default), and one identity may come often.
   */
  private static final String STOCK_LIMITS =
      "verb 1\nmax-clients 100000\nconnect-freq-initial 100000000 1\nmute 20\nduplicate-cn\ndisable-dco\n";

  /** RSA keys of 4096 bits take seconds each. */
  private static final Duration ISSUED = Duration.ofMinutes(5);

  @Option(
      names = "--keys",
      split = ",",
      defaultValue = "ecdsa,rsa-2048,rsa-4096",
      description = "Which of ${COMPLETION-CANDIDATES} (all).")
  private List<Key> keys = List.of();

  @Option(
      names = "--contestants",
      split = ",",
      defaultValue = "openvpn-2.6,openvpn-2.7,ovenbird",
      description = {
        "Which of openvpn-2.6, openvpn-2.7 and ovenbird, the first being who all are compared with",
        "(all)."
      })
  private List<Contender> contestants = List.of();

  private final Map<Contender, Figures> figures = new EnumMap<>(Contender.class);

  List<Key> keys() {
    return keys;
  }

  /**
   * Starts the servers, each in a lab of its own with two clients.
   *
   * @param identities of our server's clients; a stock server lets one come many times
   */
  List<HandshakeServer> start(Scope scope, Path dir, Key key, int identities, Report report) {
    Contestants programs = new Contestants(scope, dir, Pinning.of(""), "");
    List<HandshakeServer> servers = new ArrayList<>();
    for (Contender contender : contestants) {
      String absent =
          contender == Contender.WIREGUARD_GO ? "it has no TLS" : programs.absence(contender);
      if (absent.isEmpty()) {
        Figures own = figures.computeIfAbsent(contender, it -> report.contestant(it.label));
        servers.add(
            contender.isOurs()
                ? ours(scope, programs, key, identities, own)
                : stock(scope, programs, contender, key, identities, own));
      } else {
        report.note(contender.label + " is absent: " + absent);
      }
    }
    if (servers.isEmpty()) {
      throw new IllegalStateException("nobody to measure: see --contestants");
    }
    return servers;
  }

  private static HandshakeServer stock(
      Scope scope,
      Contestants programs,
      Contender contender,
      Key key,
      int identities,
      Figures figures) {
    Lab lab = Lab.create(scope, 2);
    StockServer server =
        StockServer.start(
            scope,
            lab.server(),
            programs.folder(),
            programs.setup(contender).with(key.rsaBits, STOCK_LIMITS));
    List<Material> materials = new ArrayList<>();
    for (int i = 0; i < identities; i++) {
      materials.add(Material.of(server.profile()));
    }
    return new HandshakeServer(figures, server.log().pid(), lab, materials);
  }

  private static HandshakeServer ours(
      Scope scope, Contestants programs, Key key, int identities, Figures figures) {
    Lab lab = Lab.create(scope, 2);
    ClusterSpec spec = new ClusterSpec().lanes(1).set("egress", "Routed").set("pki", key.pki);
    for (int i = 0; i < identities; i++) {
      spec.client("client-" + i);
    }
    LocalCluster cluster = LocalCluster.launch(scope, lab.server(), programs.folder(), spec.yaml());
    cluster.log().await("Ready:", ISSUED);
    List<Material> materials = new ArrayList<>();
    for (int i = 0; i < identities; i++) {
      materials.add(
          Material.of(
              cluster
                  .profile("client-" + i)
                  .withOnly(remote -> remote.protocol().startsWith("udp"))));
    }
    return new HandshakeServer(figures, cluster.instance(0).pid(), lab, materials);
  }
}
