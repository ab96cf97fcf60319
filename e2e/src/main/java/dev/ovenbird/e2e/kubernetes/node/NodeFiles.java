package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.ControlPlanePki;
import dev.ovenbird.e2e.kubernetes.ControlPlanePki.Identity;
import dev.ovenbird.e2e.kubernetes.Kubeconfig;
import dev.ovenbird.e2e.kubernetes.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** What a node's programs read, in the node's folder. */
record NodeFiles(Path folder, String name, String address, String pods) {
  private static final String CONTAINERD =
      """
      version = 2
      root = "/var/lib/containerd"
      state = "/run/containerd"
      disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
        "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
      [grpc]
        address = "/run/containerd/containerd.sock"
      [plugins."io.containerd.grpc.v1.cri"]
        # Root may lack CAP_SYS_RESOURCE, without which no process may lower its score.
        restrict_oom_score_adj = true
        sandbox_image = "%s"
        [plugins."io.containerd.grpc.v1.cri".cni]
          bin_dir = "%s"
          conf_dir = "%s"
        [plugins."io.containerd.grpc.v1.cri".containerd]
          snapshotter = "overlayfs"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
              SystemdCgroup = false
      """;

  private static final String KUBELET =
      """
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      failCgroupV1: false
      cgroupDriver: cgroupfs
      cgroupRoot: %s
      failSwapOn: false
      containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
      tlsCertFile: %s
      tlsPrivateKeyFile: %s
      authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %s}}
      authorization: {mode: Webhook}
      clusterDomain: cluster.local
      clusterDNS: [%s]
      resolvConf: /etc/resolv.conf
      nodeStatusUpdateFrequency: 1s
      nodeStatusReportFrequency: 5s
      nodeLeaseDurationSeconds: 4
      syncFrequency: 10s
      enforceNodeAllocatable: [pods]
      makeIPTablesUtilChains: false
      imageGCHighThresholdPercent: 100
      imageGCLowThresholdPercent: 99
      evictionHard: {memory.available: "50Mi", nodefs.available: "0%%", nodefs.inodesFree: "0%%",
        imagefs.available: "0%%", imagefs.inodesFree: "0%%"}
      shutdownGracePeriod: 0s
      """;

  private static final String PROXY =
      """
      apiVersion: kubeproxy.config.k8s.io/v1alpha1
      kind: KubeProxyConfiguration
      mode: nftables
      clientConnection: {kubeconfig: %s}
      clusterCIDR: %s
      hostnameOverride: %s
      # Not to be written in a network namespace.
      conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
      nftables: {syncPeriod: 5s, minSyncPeriod: 100ms}
      """;

  /** Each pod on a link of its own, routed, so that no bridge hides its packets from kube-proxy. */
  private static final String CNI =
      """
      {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": false, "mtu": %d,
        "ipam": {"type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": "%s"}]],
          "routes": [{"dst": "0.0.0.0/0"}]}}]}
      """;

  /** What leaves the cluster does so under the node's address. */
  private static final String MASQUERADE =
      """
      table ip node-masquerade {
        chain postrouting {
          type nat hook postrouting priority srcnat + 10
          ip saddr %s ip daddr != { %s, %s, %s } masquerade
        }
      }
      """;

  Path file(String file) {
    return folder.resolve(file);
  }

  /** What kubelet and kube-proxy need to join. */
  void writeJoin(ControlPlanePki pki, String server, String cgroup) {
    Identity kubelet = pki.member("system:node:" + name, "system:nodes", address, "127.0.0.1");
    Identity proxy = pki.member("system:kube-proxy", "kube-proxies");
    String authority = pki.authority();
    text("ca.crt", authority);
    text("kubelet.crt", kubelet.certificate());
    text("kubelet.key", kubelet.key());
    Kubeconfig.write(
        file("kubelet.kubeconfig"), server, authority, Kubeconfig.certificate(kubelet));
    Kubeconfig.write(file("proxy.kubeconfig"), server, authority, Kubeconfig.certificate(proxy));
    text(
        "kubelet.yaml",
        KUBELET.formatted(
            cgroup, file("kubelet.crt"), file("kubelet.key"), file("ca.crt"), Subnets.DNS));
    text("proxy.yaml", PROXY.formatted(file("proxy.kubeconfig"), Subnets.PODS, name));
  }

  /** What containerd's start needs; no certificate yet. */
  void writeBoot(int mtu) {
    try {
      Files.createDirectories(file("cni.d"));
      try (InputStream script = NodeFiles.class.getResourceAsStream("node.sh")) {
        Files.copy(
            Objects.requireNonNull(script, "node.sh"),
            file("node.sh"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      Files.setPosixFilePermissions(file("node.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    text(
        "node.env",
        "NAME='%s' ADDRESS='%s' BIN='%s'%n".formatted(name, address, Programs.ofNodes()));
    text("resolv.conf", "nameserver " + Subnets.INTERNET + "\n");
    text("hosts", "127.0.0.1 localhost\n" + address + " " + name + "\n");
    text("containerd.toml", CONTAINERD.formatted(TestImages.PAUSE, cniPrograms(), file("cni.d")));
    text(
        "masquerade.nft",
        MASQUERADE.formatted(pods, Subnets.PODS, Subnets.SERVICES, Subnets.NODES));
    writeCni(mtu);
  }

  /** containerd reads it again by itself: pods that start from then on have it. */
  void writeCni(int mtu) {
    text("cni.d/10-pods.conflist", CNI.formatted(mtu, pods));
  }

  private static String cniPrograms() {
    for (String folder : new String[] {"/usr/lib/cni", "/opt/cni/bin"}) {
      if (Files.isExecutable(Path.of(folder, "ptp"))) {
        return folder;
      }
    }
    throw new IllegalStateException(
        "no CNI plugins in /usr/lib/cni: apt-get install containernetworking-plugins");
  }

  private void text(String file, String text) {
    try {
      Files.writeString(file(file), text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
