package dev.ovenbird.e2e.kubernetes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command lines of a control plane: on loopback without nodes, or at a site with real ones. */
final class ControlPlaneProcesses {
  private static final String SERVICES = "--service-cluster-ip-range=10.96.0.0/16";

  private final Path programs;
  private final Path folder;
  private final ControlPlanePki pki;
  private final @Nullable Site site;
  private final int apiServerPort;
  private final int etcdPort = FreePorts.next();
  private final int peerPort = FreePorts.next();

  ControlPlaneProcesses(Path programs, Path folder, ControlPlanePki pki, @Nullable Site site) {
    this.programs = programs;
    this.folder = folder;
    this.pki = pki;
    this.site = site;
    apiServerPort = site == null ? FreePorts.next() : Site.PORT;
  }

  String server() {
    return site == null ? "https://127.0.0.1:" + apiServerPort : site.hostServer();
  }

  private String etcdUrl() {
    return "http://127.0.0.1:" + etcdPort;
  }

  Component etcd() {
    String peer = "http://127.0.0.1:" + peerPort;
    return component(
        "etcd",
        "--data-dir=" + folder.resolve("etcd"),
        "--listen-client-urls=" + etcdUrl(),
        "--advertise-client-urls=" + etcdUrl(),
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer,
        "--log-level=warn",
        "--quota-backend-bytes=4294967296",
        // A killed process loses nothing by it; only a machine that loses power would.
        "--unsafe-no-fsync");
  }

  Component apiServer(List<String> more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--etcd-servers=" + etcdUrl(),
                "--secure-port=" + apiServerPort,
                "--tls-cert-file=" + pki.file("apiserver.crt"),
                "--tls-private-key-file=" + pki.file("apiserver.key"),
                "--client-ca-file=" + pki.file("ca.crt"),
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--service-account-key-file=" + pki.file("sa.pub"),
                "--service-account-signing-key-file=" + pki.file("sa.key"),
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged=true",
                "--shutdown-delay-duration=0s",
                SERVICES));
    arguments.addAll(site == null ? withoutNodes() : withNodes(site));
    arguments.addAll(more);
    return component("kube-apiserver", arguments.toArray(String[]::new));
  }

  private static List<String> withoutNodes() {
    return List.of(
        "--bind-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        // Its taint on new nodes is for the node-lifecycle controller to remove, which is off.
        "--disable-admission-plugins=TaintNodesByCondition");
  }

  private List<String> withNodes(Site at) {
    return List.of(
        "--bind-address=0.0.0.0",
        "--advertise-address=" + at.nodesAddress(),
        "--kubelet-certificate-authority=" + pki.file("ca.crt"),
        "--kubelet-client-certificate=" + pki.file("kubelet-client.crt"),
        "--kubelet-client-key=" + pki.file("kubelet-client.key"),
        "--kubelet-preferred-address-types=InternalIP",
        // It dials a webhook's pod itself: no kube-proxy runs beside it.
        "--enable-aggregator-routing=true",
        "--default-not-ready-toleration-seconds=5",
        "--default-unreachable-toleration-seconds=5");
  }

  Component controllerManager(Path kubeconfig) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--kubeconfig=" + kubeconfig,
                "--secure-port=0",
                "--leader-elect=false",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                "--root-ca-file=" + pki.file("ca.crt"),
                "--service-account-private-key-file=" + pki.file("sa.key"),
                "--cluster-signing-cert-file=" + pki.file("ca.crt"),
                "--cluster-signing-key-file=" + pki.file("ca.key"),
                "--allocate-node-cidrs=false",
                SERVICES));
    String controllers = "--controllers=*,-node-ipam-controller,-node-route-controller";
    arguments.addAll(
        site == null
            // Nodes here have no kubelet that could renew a lease: nothing must call them dead.
            ? List.of(controllers + ",-node-lifecycle-controller")
            : List.of(controllers, "--node-monitor-period=1s", "--node-monitor-grace-period=6s"));
    return component("kube-controller-manager", arguments.toArray(String[]::new));
  }

  Component scheduler(Path kubeconfig) {
    return component(
        "kube-scheduler",
        "--kubeconfig=" + kubeconfig,
        "--secure-port=0",
        "--leader-elect=false",
        "--kube-api-qps=200",
        "--kube-api-burst=400");
  }

  private Component component(String program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
    command.addAll(List.of(arguments));
    return new Component(
        program, Map.of(), site == null ? command : site.namespace().command(command));
  }
}
