package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.client.OpenVpn3Client;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.OwnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.TrixieRoot;
import dev.ovenbird.e2e.client.TunnelClient;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a cell: connect, ping, renegotiate, ping, and compare what was negotiated. */
final class CellRun {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration RENEGOTIATE = Duration.ofSeconds(30);

  private final Site site;
  private final Cell cell;
  private final List<String> failures = new ArrayList<>();

  private CellRun(Site site, Cell cell) {
    this.site = site;
    this.cell = cell;
  }

  static Outcome of(Site site, Cell cell) {
    long begun = System.nanoTime();
    CellRun run = new CellRun(site, cell);
    try (Scope scope = new Scope()) {
      run.run(scope);
    } catch (IOException | RuntimeException | AssertionError e) {
      run.failures.add(String.valueOf(e.getMessage()));
    }
    return new Outcome(cell, (System.nanoTime() - begun) / 1e9, run.failures);
  }

  private void run(Scope scope) throws IOException {
    Profile profile = site.profile(scope, cell);
    Namespace namespace = site.lab().client(0);
    Path file = site.dir().resolve("wire.pcap");
    Wire wire = new Wire(Capture.start(scope, namespace, file, site.port(cell)));
    long failedBefore = site.failedNegotiations();
    TunnelClient client = start(scope, namespace, profile);
    client.awaitConnected(CONNECT);
    ping(client, "at first");
    Await.until(
        "data with a renewed key",
        RENEGOTIATE,
        () -> client.reaches(Lab.SERVICE_IPV4) && wire.isKeyRenewed(),
        renewed -> renewed);
    ping(client, "with a renewed key");
    check("wrap of a renegotiation", cell.renewal(), wire.renewal());
    check("sessions", 1, Optional.of(wire.sessions()));
    check("failed negotiations", 0L, Optional.of(site.failedNegotiations() - failedBefore));
    check("wrap", cell.wrap(), wire.wrap());
    check("data format", cell.data().format, wire.format());
    client.tlsVersion().ifPresent(tls -> check("TLS", cell.tls().number, Optional.of(tls)));
    client.cipher().ifPresent(name -> check("cipher", cell.data().cipher, Optional.of(name)));
    if (!failures.isEmpty()) {
      failures.add(client.tail());
    }
  }

  private TunnelClient start(Scope scope, Namespace namespace, Profile profile) throws IOException {
    Path file = profile.write(site.dir().resolve("cell.ovpn"));
    return switch (cell.peers().client) {
      case STOCK_2_6 -> OpenVpnClient.start(scope, namespace, file);
      case STOCK_2_7 -> OpenVpnClient.start(scope, namespace, TrixieRoot.openVpn(site.dir()), file);
      case STOCK_3 -> OpenVpn3Client.start(scope, namespace, file);
      case OURS -> OwnClient.start(scope, namespace, profile);
    };
  }

  private void ping(TunnelClient client, String when) {
    for (String address : List.of(Lab.SERVICE_IPV4, Lab.SERVICE_IPV6)) {
      if (!client.reaches(address)) {
        failures.add("no answer from " + address + " " + when);
      }
    }
  }

  private <T> void check(String what, T wanted, Optional<T> negotiated) {
    if (!negotiated.equals(Optional.of(wanted))) {
      failures.add(
          what + ": " + negotiated.map(Object::toString).orElse("unknown") + ", not " + wanted);
    }
  }
}
