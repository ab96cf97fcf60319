package dev.ovenbird.e2e.operator.pki;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An agent started by hand, with what the operator rendered in files, as a pod would have it. */
final class LocalAgent implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration READY = Duration.ofSeconds(45);
  private static final int HTTP_PORT = 9100;

  private final Path folder;
  private final LoggedProcess process;
  private Secrets secrets;

  private LocalAgent(Path folder, LoggedProcess process, Secrets secrets) {
    this.folder = folder;
    this.process = process;
    this.secrets = secrets;
  }

  /**
   * What it serves by, as PEM.
   *
   * @param chain its certificate, then what leads to older authorities
   */
  record Secrets(String chain, String key, String clientCas, String serverKeys) {
    Secrets withClientCas(String other) {
      return new Secrets(chain, key, other, serverKeys);
    }

    Secrets withServerKeys(String other) {
      return new Secrets(chain, key, clientCas, other);
    }

    @Override
    public String toString() {
      return "Secrets";
    }
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param rendered as planned; where files lie and who it is are filled in as an agent would
   */
  static LocalAgent start(
      Scope scope,
      Namespace where,
      Path parent,
      InstanceConfig rendered,
      String node,
      Secrets secrets,
      Roster roster) {
    Path folder = parent.resolve("agent-" + rendered.lane());
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    InstanceConfig config =
        new InstanceConfig(
            rendered.namespace(),
            rendered.clusterName(),
            rendered.clusterUid(),
            node,
            rendered.lane(),
            rendered.tunName(),
            rendered.network(),
            rendered.listeners(),
            rendered.push(),
            rendered.allowedDestinations(),
            rendered.clientToClient(),
            rendered.egress(),
            rendered.tls(),
            rendered.keepalive(),
            rendered.limits(),
            new InstanceConfig.Files(
                folder.resolve("tls.crt").toString(),
                folder.resolve("tls.key").toString(),
                folder.resolve("client-cas.pem").toString(),
                folder.resolve("tls-crypt-v2.keys").toString(),
                folder.resolve("roster.json").toString()),
            folder.resolve("control.sock").toString(),
            "127.0.0.1:" + (HTTP_PORT + rendered.lane()),
            rendered.pushedDnsServer(),
            rendered.nodeAddresses());
    write(folder.resolve("config.json"), json(config));
    write(folder, secrets);
    write(folder.resolve("roster.json"), json(roster));
    LoggedProcess process =
        where.start(
            "agent " + rendered.lane(),
            Map.of(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            Installation.home().resolve("node-agent/app/target/lib") + "/*",
            "dev.ovenbird.app.Agent",
            "--config",
            folder.resolve("config.json").toString());
    LocalAgent agent = scope.add(new LocalAgent(folder, process, secrets));
    Instance instance = new Instance(where, process.pid(), JSON.valueToTree(config));
    try {
      Await.until("agent ready", READY, instance::isReady, Boolean::booleanValue);
    } catch (RuntimeException e) {
      throw new IllegalStateException(process.tail(40), e);
    }
    return agent;
  }

  /** As the agent does when the operator's objects change. */
  void replace(Roster roster) {
    write(folder.resolve("roster.json"), json(roster));
  }

  /** The same; returns when it goes by them. */
  void replace(Secrets next) {
    int mark = process.mark();
    secrets = next;
    write(folder, next);
    process.await("Configuration applied", mark, READY);
  }

  Secrets secrets() {
    return secrets;
  }

  LoggedProcess log() {
    return process;
  }

  private static void write(Path folder, Secrets secrets) {
    write(folder.resolve("client-cas.pem"), secrets.clientCas());
    write(folder.resolve("tls-crypt-v2.keys"), secrets.serverKeys());
    write(folder.resolve("tls.key"), secrets.key());
    write(folder.resolve("tls.crt"), secrets.chain());
  }

  private static void write(Path file, String text) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <T> T parse(String json, Class<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Several PEM texts as one. */
  static String together(List<String> pems) {
    return String.join("", pems);
  }

  @Override
  public void close() {
    process.close();
  }
}
