package dev.ovenbird.app.preflight;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Whether ClusterIPs are reached from the tunnel's side: the API server's, which every cluster has
 * and which always has somebody behind it.
 */
final class ServiceCheck {
  private static final Findings FINDINGS = new Findings("ClusterIPReachable");
  private static final int CONNECT_MILLIS = 2_000;
  private static final int PATIENCE_SECONDS = 10;

  private final Path sys;
  private final Map<String, String> environment;

  ServiceCheck(Path sys, Map<String, String> environment) {
    this.sys = sys;
    this.environment = environment;
  }

  /** Whether a Kubernetes Service is known at all. */
  boolean applies() {
    return service() != null;
  }

  private @Nullable InetSocketAddress service() {
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    if (!host.matches("[0-9]{1,3}([.][0-9]{1,3}){3}") || !port.matches("[0-9]{1,5}")) {
      return null;
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * @param routed clients keep their addresses on the way to the Service
   */
  Finding run(@Nullable Probe probe, boolean routed) throws InterruptedException {
    InetSocketAddress service = service();
    if (service == null || probe == null) {
      return FINDINGS.unknown("NotTried", "no instance serves yet that could try");
    }
    String where = service.getAddress().getHostAddress() + ":" + service.getPort();
    if (answered(probe, service)) {
      return FINDINGS.good("the Service " + where + " answers packets from the tunnel's side");
    }
    if (!connects(service)) {
      return FINDINGS.unknown(
          "ServiceSilent",
          "the Service " + where + " does not answer this node itself, so that nothing is shown");
    }
    if (routed) {
      return FINDINGS.unknown(
          "Routed",
          "the Service "
              + where
              + " does not answer packets from the tunnel's side: with egress Routed somebody has to"
              + " route the tunnel's network to this node, and perhaps nobody does for the address"
              + " that was tried");
    }
    if (Files.exists(sys.resolve("class/net/cilium_host"))) {
      return FINDINGS.bad(
          "SocketLoadBalancing",
          "the Service "
              + where
              + " answers the node, but not packets from the tunnel's side: Cilium translates"
              + " ClusterIPs in programs' sockets only. Set its Helm values bpf.lbExternalClusterIP=true"
              + " and devices={eth0,ovb+} (your node's interface in place of eth0), or run kube-proxy"
              + " beside it (kubeProxyReplacement=false)");
    }
    if (Files.exists(sys.resolve("class/net/kube-ipvs0"))) {
      return FINDINGS.bad(
          "IpvsMode",
          "the Service "
              + where
              + " answers the node, but not packets from the tunnel's side: kube-proxy in mode ipvs"
              + " gives ClusterIPs to the node, whose addresses are refused to clients. Set its mode"
              + " to nftables or iptables, or name the Services in spec.access.allowedDestinations");
    }
    return FINDINGS.bad(
        "ClusterIPSilent",
        "the Service "
            + where
            + " answers the node, but not packets from the tunnel's side: see ForwardPolicy, and"
            + " whether kube-proxy or what replaces it translates forwarded packets"
            + " (docs/reachability.md)");
  }

  private static boolean answered(Probe probe, InetSocketAddress service)
      throws InterruptedException {
    try {
      return probe.ask(service).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  private static boolean connects(InetSocketAddress service) {
    try (Socket socket = new Socket()) {
      socket.connect(service, CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
