package dev.ovenbird.app.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.TestCredentials;
import dev.ovenbird.app.TestInstance;
import dev.ovenbird.app.preflight.Finding.State;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.call.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every check, made good and made bad by what it reads. */
class ChecksTest {
  @TempDir Path root;

  private void write(String file, String text) {
    try {
      Path path = root.resolve(file);
      Files.createDirectories(Objects.requireNonNull(path.getParent()));
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private NodeFiles files() {
    return new NodeFiles(
        root.resolve("proc"),
        root.resolve("sys"),
        root.resolve("tun"),
        root.resolve("resolv.conf"));
  }

  private static void assertBad(Finding finding, String reason, String... remedy) {
    assertThat(finding.state()).as(finding.toString()).isEqualTo(State.Bad);
    assertThat(finding.reason()).isEqualTo(reason);
    assertThat(finding.message()).contains(remedy);
  }

  private static void assertGood(Finding finding) {
    assertThat(finding.state()).as(finding.toString()).isEqualTo(State.Good);
  }

  private static void assertUnknown(Finding finding, String reason) {
    assertThat(finding.state()).as(finding.toString()).isEqualTo(State.Unknown);
    assertThat(finding.reason()).isEqualTo(reason);
  }

  @Test
  void tun_device() {
    write("tun", "");
    Path device = root.resolve("tun");
    assertGood(new TunCheck(device, true).run());
    assertBad(new TunCheck(device, false).run(), "CapabilityMissing", "NET_ADMIN");
    assertBad(
        new TunCheck(
                device,
                true,
                path -> {
                  throw new FileSystemException(path.toString(), null, "Operation not permitted");
                })
            .run(),
        "DeviceForbidden",
        "runc 1.2.0 to 1.2.3",
        "update runc");
    assertBad(
        new TunCheck(
                device,
                true,
                path -> {
                  throw new NoSuchFileException(path.toString());
                })
            .run(),
        "DeviceMissing",
        "modprobe tun");
  }

  @Test
  void forwarding() {
    ForwardingCheck check = new ForwardingCheck(root.resolve("proc"));
    assertUnknown(check.ipv4(), "NotReadable");
    write("proc/sys/net/ipv4/ip_forward", "0\n");
    write("proc/sys/net/ipv6/conf/all/forwarding", "0\n");
    assertBad(check.ipv4(), "ForwardingOff", "sysctl -w net.ipv4.ip_forward=1");
    assertBad(check.ipv6(), "ForwardingOff", "sysctl -w net.ipv6.conf.all.forwarding=1");
    write("proc/sys/net/ipv4/ip_forward", "1\n");
    write("proc/sys/net/ipv6/conf/all/forwarding", "1\n");
    assertGood(check.ipv4());
    assertGood(check.ipv6());
  }

  @Test
  void forward_policy() {
    Path proc = root.resolve("proc");
    FirewallCheck dropping = new FirewallCheck(proc, () -> List.of("ip filter FORWARD"));
    assertBad(dropping.run(null).get(1), "ForwardDropped", "ip filter FORWARD", "nft insert rule");
    assertGood(dropping.run(Boolean.TRUE).get(1));
    FirewallCheck open = new FirewallCheck(proc, List::of);
    assertThat(open.run(null)).allSatisfy(ChecksTest::assertGood);
    write("proc/net/ip_tables_names", "nat\nfilter\n");
    assertUnknown(open.run(null).get(1), "LegacyIptables");
    FirewallCheck broken =
        new FirewallCheck(
            proc,
            () -> {
              throw new LinuxException("nft list chains", "no such program");
            });
    assertBad(broken.run(null).get(0), "NftFails", "modprobe nf_tables");
  }

  @Test
  void room_for_flows() {
    FirewallCheck check = new FirewallCheck(root.resolve("proc"), List::of);
    assertUnknown(check.conntrack(), "NotReadable");
    write("proc/sys/net/netfilter/nf_conntrack_max", "1000\n");
    write("proc/sys/net/netfilter/nf_conntrack_count", "899\n");
    assertGood(check.conntrack());
    write("proc/sys/net/netfilter/nf_conntrack_count", "900\n");
    assertBad(check.conntrack(), "ConntrackFull", "raise net.netfilter.nf_conntrack_max");
  }

  @Test
  void ports() throws Exception {
    InstanceConfig config = TestInstance.config(root);
    PortsCheck check = new PortsCheck(root.resolve("proc"));
    assertGood(check.run(config));
    String head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n";
    // 04AA = 1194; 10.0.0.1 in the machine's order; another address of the same port, a
    // connection.
    write("proc/net/tcp", head + "   0: 0100000A:04AA 0200000A:9000 01 0:0 0:0 0 0 0 77 1\n");
    assertGood(check.run(config));
    write(
        "proc/net/udp6",
        head + "  1: 00000000000000000000000000000000:04AA 00:0 07 0:0 0:0 0 0 0 4711 2 0\n");
    assertBad(check.run(config), "PortTaken", "UDP port 1194 is held by another program");
    write("proc/123/comm", "openvpn\n");
    Files.createDirectories(root.resolve("proc/123/fd"));
    Files.createSymbolicLink(root.resolve("proc/123/fd/3"), Path.of("socket:[4711]"));
    assertBad(check.run(config), "PortTaken", "UDP port 1194 is held by openvpn (process 123)");
    Files.createDirectories(root.resolve("proc/self/fd"));
    Files.createSymbolicLink(root.resolve("proc/self/fd/9"), Path.of("socket:[4711]"));
    assertGood(check.run(config));
  }

  @Test
  void link_mtu() {
    LinkMtuCheck check = new LinkMtuCheck(files());
    assertUnknown(check.run(), "NoDefaultRoute");
    write(
        "proc/net/route",
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            + "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n");
    write("sys/class/net/eth0/mtu", "1400\n");
    assertGood(check.run());
    assertThat(check.run().message()).contains("TCP through the tunnel is cut to fit");
    write("sys/class/net/eth0/mtu", "1200\n");
    assertBad(check.run(), "LinkMtuTooSmall", "ip link set eth0 mtu");
  }

  @Test
  void name_servers() {
    NameServersCheck check = new NameServersCheck(root.resolve("resolv.conf"));
    assertBad(check.run(), "NoNameServer", "spec.push.dns.servers");
    write("resolv.conf", "search example.com\nnameserver 10.96.0.10\n");
    assertGood(check.run());
  }

  @Test
  void clock() throws Exception {
    TestCredentials.write(root);
    Path certificate = root.resolve("chain.pem");
    assertBad(new ClockCheck(Instant.EPOCH).run(null), "ClockBehind", "set-ntp");
    assertGood(new ClockCheck(Instant.now()).run(certificate));
    assertBad(
        new ClockCheck(Instant.parse("2126-01-01T00:00:00Z")).run(certificate),
        "CertificateEnded",
        "renewed");
  }

  @Test
  void crypto_library() {
    assertGood(CryptoCheck.run(Optional.of("OpenSSL 3.5.7 1 Jul 2026")));
    assertBad(CryptoCheck.run(Optional.empty()), "LibcryptoMissing", "apt-get install libssl3");
  }

  @Test
  void cluster_ip() throws Exception {
    assertThat(new ServiceCheck(root, Map.of()).applies()).isFalse();
    ServiceCheck check;
    try (ServerSocket api = new ServerSocket(0)) {
      check =
          new ServiceCheck(
              root,
              Map.of(
                  "KUBERNETES_SERVICE_HOST",
                  "127.0.0.1",
                  "KUBERNETES_SERVICE_PORT",
                  Integer.toString(api.getLocalPort())));
      assertThat(check.applies()).isTrue();
      assertUnknown(check.run(null, false), "NotTried");
      assertGood(check.run(answering(true), false));
      assertUnknown(check.run(answering(false), true), "Routed");
      assertBad(check.run(answering(false), false), "ClusterIPSilent", "docs/reachability.md");
      write("class/net/kube-ipvs0/mtu", "1500");
      assertBad(check.run(answering(false), false), "IpvsMode", "nftables or iptables");
      write("class/net/cilium_host/mtu", "1500");
      assertBad(
          check.run(answering(false), false),
          "SocketLoadBalancing",
          "bpf.lbExternalClusterIP=true");
    }
    assertUnknown(check.run(answering(false), false), "ServiceSilent");
  }

  private static Probe answering(boolean answered) {
    return (InetSocketAddress service) -> CompletableFuture.completedFuture(answered);
  }
}
