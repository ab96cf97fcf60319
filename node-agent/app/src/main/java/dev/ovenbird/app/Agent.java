package dev.ovenbird.app;

import dev.ovenbird.app.cluster.ClusterEnvironment;
import dev.ovenbird.app.cluster.ClusterSource;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.config.FileWatch;
import dev.ovenbird.app.config.SocketAddresses;
import dev.ovenbird.app.control.ControlActions;
import dev.ovenbird.app.control.ControlSocket;
import dev.ovenbird.app.health.Heartbeat;
import dev.ovenbird.app.health.HttpPages;
import dev.ovenbird.app.log.LogSetup;
import dev.ovenbird.app.metric.MetricsPage;
import dev.ovenbird.app.preflight.PreflightRounds;
import dev.ovenbird.app.rehearsal.Rehearsal;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.server.StartException;
import dev.ovenbird.server.metric.StartStage;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one instance of a cluster until a signal or the control socket ends it. A failed start is
 * one line on standard error and leaves nothing behind; see {@link ExitStatus}.
 */
public final class Agent {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  private volatile int exitStatus;
  private int lane = -1;
  private @Nullable volatile Instance instance;
  private @Nullable volatile ControlSocket control;
  private @Nullable volatile HttpPages pages;
  private @Nullable volatile Heartbeat heartbeat;

  private final Beginning beginning = new Beginning();
  private final PreflightRounds preflight = new PreflightRounds();
  private final StartAhead ahead = StartAhead.begin();

  Agent() {}

  public static void main(String[] arguments) {
    Agent agent = new Agent();
    Runtime.getRuntime().addShutdownHook(new Thread(agent::end, "end"));
    agent.exit(run(agent, arguments));
  }

  static int run(Agent agent, String... words) {
    AgentArguments arguments;
    try {
      arguments = AgentArguments.parse(words);
    } catch (ConfigException e) {
      return fail(-1, ExitStatus.CONFIG, e);
    }
    return switch (arguments.source()) {
      case HELP -> say(AgentArguments.HELP);
      case VERSION -> say("ovenbird " + version());
      case CONFIG, CLUSTER, REHEARSAL -> agent.run(arguments);
    };
  }

  private static int say(String text) {
    System.out.println(text);
    return ExitStatus.OK;
  }

  /** Of the jar. */
  private static String version() {
    String version = Agent.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private int run(AgentArguments arguments) {
    LogSetup.apply(arguments.logFormat(), arguments.logLevel());
    if (FdStore.isSpare(System.getenv())) {
      new SpareAgent(ahead, beginning, arguments).awaitTurn();
    }
    try (FileWatch watch = new FileWatch(FileSystems.getDefault())) {
      return switch (arguments.source()) {
        case CLUSTER -> cluster(watch);
        case REHEARSAL -> rehearse(arguments);
        default -> serve(arguments.path(), watch, null);
      };
    } catch (ConfigException e) {
      return fail(lane, ExitStatus.CONFIG, e);
    } catch (StartFailure e) {
      return fail(lane, e.exitStatus(), e);
    } catch (StartException e) {
      return fail(lane, ExitStatus.ENVIRONMENT, e);
    } catch (IOException e) {
      return fail(lane, ExitStatus.FAILED, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitStatus.OK;
    } catch (RuntimeException e) {
      LOG.atError().setMessage("Defect: please report it").setCause(e).log();
      return fail(lane, ExitStatus.FAILED, e);
    }
  }

  private static int rehearse(AgentArguments arguments)
      throws ConfigException, IOException, InterruptedException {
    Rehearsal rehearsal = new Rehearsal(arguments.path());
    var pushed = arguments.fromFiles() ? rehearsal.runFromFiles() : rehearsal.run();
    LOG.atInfo().setMessage("Rehearsed: " + pushed).log();
    return ExitStatus.OK;
  }

  private int cluster(FileWatch watch) throws ConfigException, StartFailure, InterruptedException {
    ClusterEnvironment environment = ClusterEnvironment.read(System.getenv());
    lane = environment.lane();
    ClusterSource cluster = ClusterSource.open(environment, preflight::findings);
    PodControl answers = new PodControl(cluster, () -> exit(ExitStatus.OK));
    // From the first moment: probes ask while the configuration is still on its way.
    openControl(environment.controlSocket().toString(), answers);
    heartbeat =
        Heartbeat.start(environment.controlSocket().resolveSibling("health"), answers::status);
    ahead.awaitNoDumps();
    cluster.takeOver();
    if (!cluster.start()) {
      preflight.start();
    }
    try {
      if (cluster.awaitFiles()) {
        int status = serve(cluster.config(), watch, answers);
        if (!cluster.hasRetired()) {
          return status;
        }
      }
    } catch (ConfigException | StartFailure | StartException e) {
      preflight.start();
      if (!cluster.failed(String.valueOf(e.getMessage()))) {
        throw e;
      }
    }
    // Quiet until the operator has deleted the pod, as an exit would be a restart; or wants that.
    cluster.awaitWantedAgain();
    return ExitStatus.RESTART;
  }

  /**
   * @param pod the cluster's side; null if there is none
   */
  private int serve(Path file, FileWatch watch, @Nullable PodControl pod)
      throws ConfigException, StartFailure, InterruptedException {
    watch.add(file);
    InstanceConfig config = ConfigFile.read(file);
    lane = config.lane();
    Instance started = start(config, watch, pod);
    // After the packets.
    openPages(config, started);
    ready(started);
    if (pod != null) {
      pod.serving(started);
      preflight.serving(started::config, started::probe);
    }
    new FileFollower(file, watch, started).follow();
    return started.hasEnded() ? ExitStatus.OK : ExitStatus.RESTART;
  }

  private Instance start(InstanceConfig config, FileWatch watch, @Nullable PodControl pod)
      throws ConfigException, StartFailure {
    // Before the first key is read.
    ahead.awaitNoDumps();
    InstanceConfig.Files files = config.files();
    Path roster = Path.of(files.roster());
    watch.add(roster);
    watch.add(Path.of(files.certificateChain()));
    watch.add(Path.of(files.privateKey()));
    watch.add(Path.of(files.clientCas()));
    watch.add(Path.of(files.tlsCryptV2ServerKeys()));
    FileFollower.watchUsers(watch, config);
    Instance made =
        new Instance(
            config,
            Credentials.read(files),
            RosterIndex.read(roster, config),
            ahead.aead(),
            ahead.fdStore(),
            () -> exit(ExitStatus.OK));
    made.metrics().reached(StartStage.MAIN, beginning.mainNanoTime());
    made.metrics().reached(StartStage.CONFIGURED);
    // The socket first: it also keeps a second agent from sweeping this one's TUN away.
    if (pod == null) {
      openControl(config.controlSocket(), made);
    }
    instance = made;
    made.start();
    return made;
  }

  private void openControl(@Nullable String path, ControlActions made) throws StartFailure {
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

  private Supplier<String> metrics(Instance made) {
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
                      () -> made.credentials().notAfterSeconds(),
                      beginning.nanoTime()),
                  config.namespace() + "/" + config.clusterName(),
                  config.lane());
        }
        return page.scrape();
      }
    };
  }

  private void ready(Instance started) {
    InstanceConfig config = started.config();
    LOG.atInfo()
        .setMessage("Ready")
        .addKeyValue("version", version())
        .addKeyValue("cluster", config.namespace() + "/" + config.clusterName())
        .addKeyValue("lane", config.lane())
        .addKeyValue("tun", config.tunName())
        .addKeyValue(
            "listeners",
            config.listeners().stream()
                .map(listener -> listener.protocol() + "/" + listener.port())
                .collect(Collectors.joining(",")))
        .addKeyValue("clients", started.admission().roster().size())
        .addKeyValue("ms", beginning.millisSince())
        .log();
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
    Heartbeat beating = heartbeat;
    if (beating != null) {
      beating.close();
    }
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
