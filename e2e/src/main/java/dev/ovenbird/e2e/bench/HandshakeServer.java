package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Cpu;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A server under measurement, and the clients and the flood that are turned on it. */
final class HandshakeServer {
  private final Figures figures;
  private final long pid;
  private final Lab lab;
  private final List<Material> materials;
  private final SecureRandom random = new SecureRandom();
  private final Map<TlsProvider, ClientConfig> configs = new EnumMap<>(TlsProvider.class);

  /**
   * @param lab with two clients; handshakes come from the second
   * @param materials of its clients; handshakes one after the other are the first's
   */
  HandshakeServer(Figures figures, long pid, Lab lab, List<Material> materials) {
    this.figures = figures;
    this.pid = pid;
    this.lab = lab;
    this.materials = materials;
    for (TlsProvider provider : TlsProvider.values()) {
      configs.put(provider, materials.getFirst().config(provider, random));
    }
  }

  Figures figures() {
    return figures;
  }

  long pid() {
    return pid;
  }

  Lab lab() {
    return lab;
  }

  List<Material> materials() {
    return materials;
  }

  private ClientConfig config(TlsProvider provider) {
    return Objects.requireNonNull(configs.get(provider));
  }

  /** Nothing is kept. */
  void warmUp(int count) {
    shake(TlsProvider.JSSE, count / 2, new Series());
    shake(TlsProvider.BOUNCY_CASTLE, count - count / 2, new Series());
  }

  /**
   * Full handshakes, one after the other.
   *
   * @param key what both sides' certificates are made with
   */
  void handshakes(Key key, TlsProvider clients, int count) {
    boolean hybrid = clients == TlsProvider.BOUNCY_CASTLE;
    Series millis = new Series();
    double before = Cpu.seconds(pid);
    shake(clients, count, millis);
    double cpu = (Cpu.seconds(pid) - before) * 1e3 / count;
    String group = key + ", " + (hybrid ? "hybrid offered" : "X25519");
    String suffix = key.key() + (hybrid ? "Hybrid" : "");
    figures.add("cpuMillis" + suffix, "server CPU per handshake, " + group, "ms", cpu);
    figures.add("wallMillis" + suffix, "until connected, " + group, "ms", millis.median());
  }

  private void shake(TlsProvider clients, int count, Series millis) {
    lab.client(1)
        .call(
            () -> {
              for (int i = 0; i < count; i++) {
                millis.add(
                    1e3
                        * HandshakeClient.connect(
                            materials.getFirst().server(), config(clients), random));
              }
              return count;
            });
  }

  /** Both floods. */
  void resets(Duration time) {
    ResetFlood valid =
        ResetFlood.valid(materials.getFirst().server(), config(TlsProvider.BOUNCY_CASTLE), random);
    flood("Valid", "valid resets", valid, time);
    flood("Forged", "forged resets", valid.forged(), time);
  }

  private void flood(String key, String label, ResetFlood flood, Duration time) {
    long before = UdpCounters.read(lab.server());
    double cpuBefore = Cpu.seconds(pid);
    long begin = System.nanoTime();
    lab.client(1)
        .call(
            () -> {
              flood.send(time);
              return flood;
            });
    double seconds = (System.nanoTime() - begin) / 1e9;
    double cpu = Cpu.seconds(pid) - cpuBefore;
    long handled = UdpCounters.read(lab.server()) - before;
    figures.add("handledPerCpuSecond" + key, label + ", of a core", "/s", handled / cpu);
    figures.add("handledPerSecond" + key, label + ", as they came", "/s", handled / seconds);
  }
}
