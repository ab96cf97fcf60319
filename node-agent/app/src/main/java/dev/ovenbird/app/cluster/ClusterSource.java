package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.preflight.Finding;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance's side of the Kubernetes API. It mirrors objects into the state folder, whose files
 * the agent follows, and knows nothing of packets: with the API server away the files stay as they
 * are, and an agent that starts then starts from them.
 */
public final class ClusterSource {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterSource.class);
  private static final long SAY_SECONDS = 10;
  private static final long RETRY_MILLIS = 5000;
  private static final long LAST_WORDS_SECONDS = 5;

  private final ClusterEnvironment environment;
  private final Supplier<List<Finding>> findings;
  private final StateFolder folder;
  private final Mirror mirror;
  private final RandomGenerator random = new java.util.Random();

  /** All that objects bring happens here, one after the other. */
  private final ExecutorService events =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("cluster").daemon().factory());

  private final AtomicBoolean mergePending = new AtomicBoolean();
  private final CountDownLatch settled = new CountDownLatch(1);

  /** The caller serves, or can't, or has to wait for files. */
  private final CountDownLatch started = new CountDownLatch(1);

  private final CountDownLatch gone = new CountDownLatch(1);

  /** It is retired, and was wanted again before its pod was deleted. */
  private final CountDownLatch wantedAgain = new CountDownLatch(1);

  private volatile @Nullable String failure;
  private volatile boolean standby;
  private volatile boolean retired;
  private volatile @Nullable Mode begun;

  /** The reporter's own; that it is retired, {@link #gone} says. */
  private @Nullable Mode carriedOut;

  private volatile @Nullable Long generation;
  private volatile @Nullable LocalInstance instance;
  private volatile @Nullable CertificateKeeper certificates;
  private volatile @Nullable Reporter reporter;
  private volatile @Nullable NamedWatch<VpnInstance> instanceWatch;
  private volatile long startedNanos;
  private Mode wanted = Mode.Serve;
  private boolean seen;

  private ClusterSource(
      ClusterEnvironment environment, StateFolder folder, Supplier<List<Finding>> findings) {
    this.environment = environment;
    this.folder = folder;
    this.findings = findings;
    mirror = new Mirror(environment, folder);
  }

  /**
   * Opens the state folder; nothing is asked of the API server yet.
   *
   * @param findings what was found out about the node; asked before each report
   */
  public static ClusterSource open(ClusterEnvironment environment, Supplier<List<Finding>> findings)
      throws ConfigException {
    return new ClusterSource(environment, StateFolder.open(environment.stateFolder()), findings);
  }

  /** Where the configuration of such an agent is, or will be. */
  public static Path config(ClusterEnvironment environment) {
    return environment.stateFolder().resolve(StateFolder.CONFIG);
  }

  /** The configuration file that the agent reads and follows. */
  public Path config() {
    return folder.file(StateFolder.CONFIG);
  }

  /** Whether another agent of this lane still serves and this one waits to take over. */
  public boolean isStandby() {
    return standby;
  }

  /** Whether the instance is gone from the node for good. */
  public boolean isRetired() {
    return retired;
  }

  /**
   * Whether the instance that has just ended was retired. Whoever ends it may still be at it: the
   * answer comes after that.
   */
  public boolean hasRetired() throws InterruptedException {
    try {
      return events.submit(() -> retired).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  boolean isWantedAgain() {
    return wantedAgain.getCount() == 0;
  }

  /** Waits until a retired instance is wanted again, which takes a new process. */
  public void awaitWantedAgain() throws InterruptedException {
    wantedAgain.await();
  }

  /** Waits until no other agent of this lane serves. */
  public void takeOver() throws ConfigException {
    try {
      StateFolder.Lock lock = folder.lock();
      if (!lock.tryTake()) {
        LOG.info("Another agent of this lane serves; taking over when it ends");
        standby = true;
        lock.take();
        standby = false;
      }
    } catch (IOException e) {
      throw new ConfigException("state folder " + folder + ": lock: " + e.getMessage(), e);
    }
  }

  /**
   * Begins to follow the API server, beside whatever the caller does: at once, or where a
   * predecessor has left all files, when the caller serves by them ({@link #serving}) or can't
   * ({@link #failed}). Packets come before news.
   *
   * @return whether all files are there
   */
  public boolean start() {
    startedNanos = System.nanoTime();
    Identity identity = mirror.identity();
    if (identity == null) {
      discard(StateFolder.IDENTITY);
    }
    wanted = readMode();
    boolean complete = folder.isComplete();
    if (complete) {
      settled.countDown();
    } else {
      started.countDown();
    }
    Thread.ofPlatform()
        .name("cluster-start")
        .daemon()
        .start(
            () -> {
              awaitStarted();
              connect(identity);
            });
    return complete;
  }

  /** A start that takes longer than this waits for something that the API server may know. */
  private void awaitStarted() {
    try {
      if (!started.await(SAY_SECONDS, TimeUnit.SECONDS)) {
        LOG.info("Asking the API server before the instance serves");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until the agent can start.
   *
   * @return false if the instance is retired: there is nothing to start
   */
  public boolean awaitFiles() throws InterruptedException {
    while (!settled.await(SAY_SECONDS, TimeUnit.SECONDS)) {
      LOG.atWarn().setMessage("Cannot serve yet: " + waitingFor()).log();
    }
    return !retired;
  }

  /** The instance serves; from now on it is steered and reported. */
  public void serving(LocalInstance serving) {
    started.countDown();
    events.execute(
        () -> {
          instance = serving;
          carryOut();
        });
  }

  /**
   * The instance cannot serve. Says so in its status and, if it is to be retired, does that.
   *
   * @return whether it is retired now; else the process may end
   */
  public boolean failed(String why) throws InterruptedException {
    started.countDown();
    events.execute(
        () -> {
          failure = why;
          carryOut();
        });
    return gone.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
  }

  private void connect(@Nullable Identity identity) {
    KubernetesClient client = client();
    Reporter made = new Reporter(client, this::report, random);
    reporter = made;
    CertificateKeeper keeper =
        new CertificateKeeper(
            new CertificateDesk(client, environment),
            identity,
            got ->
                events.execute(
                    () -> {
                      mirror.identity(got);
                      settle();
                    }),
            random);
    certificates = keeper;
    String namespace = environment.agentsNamespace();
    NamedWatch<VpnInstance> watch =
        new NamedWatch<>(
            "VpnInstance " + environment.instance(),
            client
                .resources(VpnInstance.class)
                .inNamespace(namespace)
                .withName(environment.instance()),
            this::changed,
            random);
    instanceWatch = watch;
    run("instance", watch);
    run(
        "keys",
        new NamedWatch<>(
            "Secret " + environment.keysSecret(),
            client.secrets().inNamespace(namespace).withName(environment.keysSecret()),
            object ->
                events.execute(
                    () -> {
                      mirror.keys(object);
                      keeper.authorities(mirror.authorities());
                      settle();
                    }),
            random));
    var configMaps = client.configMaps().inNamespace(namespace);
    run(
        "config",
        new NamedWatch<>(
            "ConfigMap " + environment.configMap(),
            configMaps.withName(environment.configMap()),
            object ->
                events.execute(
                    () -> {
                      mirror.config(object);
                      settle();
                    }),
            random));
    for (int number = 0; number < environment.rosterShards(); number++) {
      int shard = number;
      String name = environment.rosterPrefix() + shard;
      run(
          "roster-" + shard,
          new NamedWatch<>(
              "ConfigMap " + name,
              configMaps.withName(name),
              object ->
                  events.execute(
                      () -> {
                        mirror.shard(shard, object);
                        mergeSoon();
                      }),
              random));
    }
    run("reports", made);
    if (identity != null) {
      run("certificate", keeper);
    }
  }

  /** After all shards that have come already: many at once are merged once. */
  private void mergeSoon() {
    if (mergePending.compareAndSet(false, true)) {
      events.execute(
          () -> {
            mergePending.set(false);
            if (!retired) {
              mirror.roster();
            }
            settle();
          });
    }
  }

  private KubernetesClient client() {
    while (true) {
      try {
        return ApiClient.open(environment);
      } catch (RuntimeException e) {
        LOG.atError()
            .setMessage("No API client, trying again")
            .addKeyValue("account", environment.account())
            .addKeyValue("why", e.getMessage())
            .log();
        try {
          TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }

  private static void run(String name, Runnable work) {
    Thread.ofVirtual().name("cluster-" + name).start(work);
  }

  /** The VpnInstance came, or has changed. */
  void changed(VpnInstance object) {
    events.execute(() -> instanceChanged(object));
  }

  private void instanceChanged(VpnInstance object) {
    CertificateKeeper keeper = certificates;
    wanted = object.getSpec().mode();
    if (retired
        && wanted != Mode.Retire
        && object.getSpec().clusterRef().uid().equals(environment.clusterUid())) {
      wantedAgain.countDown();
    }
    if (!seen) {
      seen = true;
      // Not before the mode is known: a retired instance needs none.
      if (wanted != Mode.Retire && mirror.identity() == null && keeper != null) {
        run("certificate", keeper);
      }
    }
    Reporter told = reporter;
    if (told != null) {
      told.seen(object);
    }
    Long next = object.getMetadata().getGeneration();
    carryOut();
    generation = next;
    settle();
  }

  /** Brings the instance to the wanted mode. */
  private void carryOut() {
    LocalInstance running = instance;
    if (retired) {
      return;
    }
    try {
      if (wanted == Mode.Retire) {
        if (running != null) {
          running.retire();
        } else if (settled.getCount() == 0 && failure == null) {
          return; // It is about to serve; then it is told.
        }
        folder.clear();
        retired = true;
        gone.countDown();
        settled.countDown();
        LOG.info("Retired: nothing of the instance is left on the node; waiting to be deleted");
      } else if (running != null && begun != wanted) {
        if (wanted == Mode.Drain) {
          running.drain();
        } else {
          running.serve();
        }
        begun = wanted;
        folder.replace(
            StateFolder.MODE, wanted.name().getBytes(StandardCharsets.US_ASCII), ignored -> {});
        LOG.atInfo().setMessage("Mode").addKeyValue("mode", wanted).log();
      }
    } catch (IOException | ConfigException | RuntimeException e) {
      LOG.atError()
          .setMessage("Mode not carried out")
          .addKeyValue("mode", wanted)
          .setCause(e)
          .log();
      CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS, events)
          .execute(this::carryOut);
    }
    Reporter told = reporter;
    if (told != null) {
      told.wake();
    }
  }

  /** What the predecessor was told last: with the API server away it still holds. */
  private Mode readMode() {
    try {
      byte[] text = folder.read(StateFolder.MODE);
      return text != null && new String(text, StandardCharsets.US_ASCII).equals(Mode.Drain.name())
          ? Mode.Drain
          : Mode.Serve;
    } catch (IOException e) {
      return Mode.Serve;
    }
  }

  private void discard(String name) {
    try {
      mirror.discard(name);
    } catch (IOException e) {
      LOG.atWarn().setMessage("Cannot remove " + name).setCause(e).log();
    }
  }

  /** The agent may start as soon as every file is there and the mode is known. */
  private void settle() {
    if (seen && folder.isComplete()) {
      settled.countDown();
    }
  }

  private String waitingFor() {
    NamedWatch<VpnInstance> watch = instanceWatch;
    CertificateKeeper keeper = certificates;
    StringBuilder text = new StringBuilder();
    if (watch == null) {
      return "no API client yet";
    }
    String problem = watch.problem();
    if (problem != null) {
      text.append(problem).append("; ");
    }
    text.append("missing: ").append(mirror.missing());
    if (keeper != null && keeper.problem() != null) {
      text.append(" (").append(keeper.problem()).append(')');
    }
    return text.toString();
  }

  private @Nullable Report report() {
    LocalInstance running = instance;
    Mode mode = gone.getCount() == 0 ? Mode.Retire : carriedOut;
    String why = failure;
    if (why != null && mode != Mode.Retire) {
      return Report.of(
          generation,
          mode,
          List.of(),
          new Report.Verdict("Ready", "False", "StartFailed", ApiErrors.oneLine(why)),
          findings.get());
    }
    if (mode == Mode.Retire) {
      return Report.of(
          generation,
          mode,
          List.of(),
          new Report.Verdict("Ready", "False", "Retired", "nothing of it is left on the node"),
          List.of());
    }
    Mode doing = begun;
    if (doing == Mode.Serve || (doing == Mode.Drain && running != null && running.isEmpty())) {
      // A drain is carried out when the last client has gone.
      mode = doing;
      carriedOut = doing;
    }
    if (running == null || doing == null) {
      // A start takes a second or two and is not worth a word.
      return System.nanoTime() - startedNanos < TimeUnit.SECONDS.toNanos(SAY_SECONDS)
          ? null
          : Report.of(
              generation,
              mode,
              List.of(),
              new Report.Verdict("Ready", "False", "Waiting", "cannot serve: " + waitingFor()),
              findings.get());
    }
    boolean ready = running.isReady();
    List<VpnInstanceStatus.Session> sessions = running.sessions();
    Report.Verdict verdict =
        !ready
            ? new Report.Verdict("Ready", "False", "NotServing", "its server has failed")
            : doing == Mode.Drain
                ? new Report.Verdict("Ready", "False", "Drain", "sends its clients elsewhere")
                : new Report.Verdict("Ready", "True", "Serving", "all listeners serve");
    return Report.of(generation, mode, sessions, verdict, findings.get())
        .holding(running.serverKeyGenerations());
  }
}
