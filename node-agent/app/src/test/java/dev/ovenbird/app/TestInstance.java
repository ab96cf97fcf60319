package dev.ovenbird.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A configuration and a roster that are right, for tests to spoil. */
public final class TestInstance {
  public static final String CLUSTER = "0b8f0c1e-7d3a-4c55-9a51-1f2e3d4c5b6a";
  public static final String ALICE = "11111111-2222-4333-8444-555555555555";
  public static final String BOB = "66666666-7777-4888-9999-aaaaaaaaaaaa";

  private static final ObjectMapper JSON = new ObjectMapper();

  private TestInstance() {}

  public static InstanceConfig config(Path folder) {
    return config(folder, push(InstanceConfig.DefaultRoute.None), true);
  }

  public static InstanceConfig.Push push(InstanceConfig.DefaultRoute defaultRoute) {
    return new InstanceConfig.Push(
        List.of("10.96.0.0/12", "fd00:96::/64"),
        List.of("10.96.0.10"),
        List.of("svc.cluster.local"),
        defaultRoute);
  }

  public static InstanceConfig config(Path folder, InstanceConfig.Push push, boolean ipv6) {
    return new InstanceConfig(
        "vpn",
        "office",
        CLUSTER,
        "local",
        0,
        "ovb0b8f0c1e-0",
        new InstanceConfig.Network(
            "10.88.0.0/16",
            "10.88.0.1",
            ipv6 ? "fd00:88::/64" : null,
            ipv6 ? "fd00:88::1" : null,
            1500),
        List.of(
            new InstanceConfig.Listener("udp", InstanceConfig.Protocol.UDP, 1194, List.of()),
            new InstanceConfig.Listener("tcp", InstanceConfig.Protocol.TCP, 1194, List.of())),
        push,
        List.of("10.96.0.0/12"),
        InstanceConfig.ClientToClient.Deny,
        InstanceConfig.Egress.Masquerade,
        new InstanceConfig.Tls(
            "VersionTLS12",
            List.of("AES-256-GCM", "AES-128-GCM"),
            3600,
            "ovenbird-0b8f0c1e7d3a4c55"),
        new InstanceConfig.Keepalive(8, 24),
        new InstanceConfig.Limits(100, 86400),
        new InstanceConfig.Files(
            folder + "/chain.pem",
            folder + "/key.pem",
            folder + "/cas.pem",
            folder + "/wrap.pem",
            folder + "/roster.json"),
        folder + "/control.sock",
        null,
        null,
        null);
  }

  /** The same with another MTU of the tunnel. */
  public static InstanceConfig withMtu(InstanceConfig config, int mtu) {
    InstanceConfig.Network network = config.network();
    return new InstanceConfig(
        config.namespace(),
        config.clusterName(),
        config.clusterUid(),
        config.node(),
        config.lane(),
        config.tunName(),
        new InstanceConfig.Network(
            network.ipv4(), network.ipv4Gateway(), network.ipv6(), network.ipv6Gateway(), mtu),
        config.listeners(),
        config.push(),
        config.allowedDestinations(),
        config.clientToClient(),
        config.egress(),
        config.tls(),
        config.keepalive(),
        config.limits(),
        config.files(),
        config.controlSocket(),
        config.httpAddress(),
        config.pushedDnsServer(),
        config.nodeAddresses());
  }

  public static Roster.Entry entry(
      String uid, String name, String serial, boolean suspended, @Nullable Long notAfterSeconds) {
    int host = uid.equals(ALICE) ? 10 : 11;
    return new Roster.Entry(
        uid,
        name,
        List.of(serial),
        List.of("10.88.0." + host, "fd00:88::" + host),
        suspended,
        notAfterSeconds);
  }

  public static Roster roster(Roster.Entry... entries) {
    return new Roster(CLUSTER, 1, 1_800_000_000, List.of(entries));
  }

  /** Writes JSON the way the operator does: whole, by rename. */
  public static void write(Path file, Object value) throws IOException {
    replace(file, JSON.writeValueAsString(value));
  }

  public static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
