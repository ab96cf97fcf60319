package dev.ovenbird.app;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.config.FileWatch;
import dev.ovenbird.app.config.SocketAddresses;
import dev.ovenbird.app.control.ControlSocket;
import dev.ovenbird.app.health.HttpPages;
import dev.ovenbird.app.log.LogFormat;
import dev.ovenbird.app.log.LogSetup;
import dev.ovenbird.app.metric.MetricsPage;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.server.StartException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs one instance of a cluster until a signal or the control socket ends it. A failed start is
 * one line on standard error and leaves nothing behind; see {@link ExitStatus}.
 */
@Command(
    name = "agent",
    description = "Runs one instance of an Ovenbird cluster.",
    mixinStandardHelpOptions = true,
    versionProvider = Agent.Version.class)
public final class Agent implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  @Option(names = "--config", required = true, paramLabel = "FILE", description = "InstanceConfig")
  private Path configFile = Path.of("");

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
  private LogFormat logFormat = LogFormat.human;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace; default ${DEFAULT-VALUE}")
  private String logLevel = "info";

  private volatile int exitStatus;
  private @Nullable volatile Instance instance;
  private @Nullable volatile ControlSocket control;
  private @Nullable volatile HttpPages pages;

  Agent() {}

  public static void main(String[] arguments) {
    Agent agent = new Agent();
    Runtime.getRuntime().addShutdownHook(new Thread(agent::end, "end"));
    agent.exit(run(agent, arguments));
  }

  static int run(Agent agent, String... arguments) {
    return new CommandLine(agent)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, given) -> fail(-1, ExitStatus.CONFIG, e))
        .execute(arguments);
  }

  /** The version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ovenbird " + text()};
    }

    static String text() {
      String version = Agent.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }
  }

  @Override
  public Integer call() {
    LogSetup.apply(logFormat, logLevel);
    int lane = -1;
    try (FileWatch watch = new FileWatch(FileSystems.getDefault())) {
      watch.add(configFile);
      InstanceConfig config = ConfigFile.read(configFile);
      lane = config.lane();
      Instance started = start(config, watch);
      ready(started);
      new FileFollower(configFile, watch, started).follow();
      return ExitStatus.RESTART;
    } catch (ConfigException e) {
      return fail(lane, ExitStatus.CONFIG, e);
    } catch (StartFailure e) {
      return fail(lane, e.exitStatus(), e);
    } catch (StartException e) {
      return fail(lane, ExitStatus.ENVIRONMENT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitStatus.OK;
    } catch (RuntimeException e) {
      LOG.atError().setMessage("Defect: please report it").setCause(e).log();
      return fail(lane, ExitStatus.FAILED, e);
    }
  }

  private Instance start(InstanceConfig config, FileWatch watch)
      throws ConfigException, StartFailure {
    InstanceConfig.Files files = config.files();
    Path roster = Path.of(files.roster());
    watch.add(roster);
    watch.add(Path.of(files.certificateChain()));
    watch.add(Path.of(files.privateKey()));
    watch.add(Path.of(files.clientCas()));
    watch.add(Path.of(files.tlsCryptV2ServerKeys()));
    Instance made =
        new Instance(
            config,
            Credentials.read(files),
            RosterIndex.read(roster, config),
            () -> exit(ExitStatus.OK));
    // The socket first: it also keeps a second agent from sweeping this one's TUN away.
    openControl(config.controlSocket(), made);
    openPages(config, made);
    instance = made;
    made.start();
    return made;
  }

  private void openControl(@Nullable String path, Instance made) throws StartFailure {
    if (path == null) {
      return;
    }
    try {
      control = ControlSocket.open(Path.of(path), made);
    } catch (IOException e) {
      throw new StartFailure(
          ExitStatus.ENVIRONMENT,
          "control socket "
              + path
              + ": "
              + e.getMessage()
              + "; stop what uses it, or change controlSocket",
          e);
    }
  }

  private void openPages(InstanceConfig config, Instance made)
      throws StartFailure, ConfigException {
    String address = config.httpAddress();
    if (address == null) {
      return;
    }
    try {
      pages =
          HttpPages.open(
              SocketAddresses.parse(address, ConfigException::new),
              () -> true,
              () -> made.isReady() && made.isAccepting(),
              metrics(made));
    } catch (IOException e) {
      throw new StartFailure(
          ExitStatus.ENVIRONMENT,
          "httpAddress " + address + ": " + e.getMessage() + "; free the port, or change it",
          e);
    }
  }

  private static Supplier<String> metrics(Instance made) {
    return new Supplier<>() {
      private @Nullable MetricsPage page;

      @Override
      public synchronized String get() {
        if (page == null) {
          InstanceConfig config = made.config();
          page =
              new MetricsPage(
                  made.metrics(),
                  new MetricsPage.Gauges(
                      () -> made.isReady() ? 1 : 0,
                      () ->
                          System.currentTimeMillis() / 1000.0
                              - made.admission().roster().renderedAtSeconds(),
                      () -> made.admission().roster().size(),
                      () -> made.credentials().notAfterSeconds()),
                  config.namespace() + "/" + config.clusterName(),
                  config.lane());
        }
        return page.scrape();
      }
    };
  }

  private static void ready(Instance started) {
    InstanceConfig config = started.config();
    LOG.atInfo()
        .setMessage("Ready")
        .addKeyValue("version", Version.text())
        .addKeyValue("cluster", config.namespace() + "/" + config.clusterName())
        .addKeyValue("lane", config.lane())
        .addKeyValue("tun", config.tunName())
        .addKeyValue(
            "listeners",
            config.listeners().stream()
                .map(listener -> listener.protocol() + "/" + listener.port())
                .collect(Collectors.joining(",")))
        .addKeyValue("clients", started.admission().roster().size())
        .addKeyValue("ms", millisSinceExec())
        .log();
  }

  private static long millisSinceExec() {
    return ProcessHandle.current()
        .info()
        .startInstant()
        .map(begin -> Duration.between(begin, Instant.now()).toMillis())
        .orElse(-1L);
  }

  private static int fail(int lane, int status, Exception why) {
    String who = lane < 0 ? "ovenbird agent: " : "ovenbird agent lane " + lane + ": ";
    System.err.println(who + String.valueOf(why.getMessage()).replaceAll("\\R", " "));
    return status;
  }

  private void exit(int status) {
    exitStatus = status;
    System.exit(status);
  }

  /** Whatever ends the process passes here: a signal too, whose own status would be 143. */
  private void end() {
    HttpPages openPages = pages;
    if (openPages != null) {
      openPages.close();
    }
    Instance running = instance;
    if (running != null) {
      running.stop();
    }
    ControlSocket openControl = control;
    if (openControl != null) {
      openControl.close();
    }
    Runtime.getRuntime().halt(exitStatus);
  }
}
