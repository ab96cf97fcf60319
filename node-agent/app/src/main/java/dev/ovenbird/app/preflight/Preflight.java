package dev.ovenbird.app.preflight;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.linux.process.Capabilities;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a node must offer an instance. Nothing is changed by it; it takes some tens of
 * milliseconds and waits for other programs: not on the packet thread.
 */
public final class Preflight {
  private final NodeFiles files;
  private final Map<String, String> environment;

  /** Of this machine. */
  public Preflight() {
    this(NodeFiles.REAL, System.getenv());
  }

  Preflight(NodeFiles files, Map<String, String> environment) {
    this.files = files;
    this.environment = environment;
  }

  /**
   * Runs all checks that apply.
   *
   * @param config of the instance; null: what every instance needs
   * @param probe tries a Service from the tunnel's side; null while no instance serves
   */
  public List<Finding> run(@Nullable InstanceConfig config, @Nullable Probe probe)
      throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    findings.add(new TunCheck(files.tunDevice(), Capabilities.current().netAdmin()).run());
    ForwardingCheck forwarding = new ForwardingCheck(files.proc());
    findings.add(forwarding.ipv4());
    if (config == null || config.network().ipv6() != null) {
      findings.add(forwarding.ipv6());
    }
    ServiceCheck service = new ServiceCheck(files.sys(), environment);
    boolean routed = config != null && config.egress() == InstanceConfig.Egress.Routed;
    @Nullable Finding reached = service.applies() ? service.run(probe, routed) : null;
    FirewallCheck firewall = new FirewallCheck(files.proc());
    boolean passed = reached != null && reached.state() == Finding.State.Good;
    findings.addAll(firewall.run(passed ? Boolean.TRUE : null));
    if (reached != null) {
      findings.add(reached);
    }
    if (config == null || config.egress() == InstanceConfig.Egress.Masquerade) {
      findings.add(firewall.conntrack());
    }
    if (config != null) {
      findings.add(new PortsCheck(files.proc()).run(config));
    }
    findings.add(new LinkMtuCheck(files).run());
    if (config == null || config.pushedDnsServer() != null) {
      findings.add(new NameServersCheck(files.resolvConf()).run());
    }
    findings.add(
        new ClockCheck(Instant.now())
            .run(config == null ? null : Path.of(config.files().certificateChain())));
    findings.add(CryptoCheck.run(AeadContext.library()));
    return List.copyOf(findings);
  }
}
