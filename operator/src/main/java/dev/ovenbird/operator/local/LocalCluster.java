package dev.ovenbird.operator.local;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.local.ClusterFiles.Applied;
import dev.ovenbird.operator.plan.ClusterPlan.PlannedInstance;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResolvedClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A running cluster: keeps one agent alive on each lane and follows the resource file. One thread,
 * that of {@link #run}, owns all state; everything else comes to it through a queue.
 */
final class LocalCluster implements AgentProcess.Events {
  private static final long READY_SECONDS = 60;
  private static final long RENEW_HOURS = 1;

  private final Path file;
  private final StateFolder folder;
  private final ClusterFiles files;
  private final AgentCommand command;
  private final Consumer<String> say;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("timer").factory());
  private final Map<Integer, Lane> lanes = new TreeMap<>();
  private Applied applied;
  private boolean wasReady;
  private @Nullable LocalException failure;
  private volatile boolean stopping;

  LocalCluster(
      Path file,
      StateFolder folder,
      ClusterFiles files,
      Applied applied,
      AgentCommand command,
      Consumer<String> say) {
    this.file = file;
    this.folder = folder;
    this.files = files;
    this.applied = applied;
    this.command = command;
    this.say = say;
  }

  /** Starts every lane and works until {@link #stop}; then nothing of the cluster is left. */
  @SuppressWarnings("try") // Two resources work on threads of their own.
  void run(String content) throws LocalException {
    try (ControlServer control =
            ControlServer.open(StateFolder.controlSocket(folder.root()), this::answer);
        FileChanges changes =
            FileChanges.watch(file, content, text -> queue.add(() -> changed(text)))) {
      for (PlannedInstance instance : applied.plan().instances()) {
        start(lanes.computeIfAbsent(instance.id().lane(), Lane::new));
      }
      timer.schedule(() -> queue.add(this::checkReady), READY_SECONDS, TimeUnit.SECONDS);
      timer.scheduleAtFixedRate(
          () -> queue.add(this::renew), RENEW_HOURS, RENEW_HOURS, TimeUnit.HOURS);
      while (!stopping && failure == null) {
        queue.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopping = true;
      timer.shutdownNow();
      retireAll();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** From any thread. */
  void stop() {
    queue.add(() -> stopping = true);
  }

  private void start(Lane lane) {
    try {
      lane.ready = false;
      lane.agent =
          AgentProcess.start(
              lane.number,
              command.of(
                  folder.config(lane.number), applied.cluster().spec().instances().hasSpare()),
              folder.instanceSocket(lane.number),
              say,
              this);
    } catch (LocalException e) {
      fail(e);
    }
  }

  @Override
  public void ready(AgentProcess agent) {
    queue.add(
        () -> {
          Lane lane = lanes.get(agent.lane());
          if (lane != null && agent.equals(lane.agent)) {
            lane.ready = true;
            say.accept(describe(agent.lane()));
            checkAllReady();
          }
        });
  }

  @Override
  public void exited(AgentProcess agent, int status) {
    queue.add(
        () -> {
          Lane lane = lanes.get(agent.lane());
          if (lane == null || !agent.equals(lane.agent) || agent.isRetiring() || stopping) {
            return;
          }
          lane.agent = null;
          if (!wasReady) {
            fail(
                new LocalException("lane " + lane.number + " could not start; see its line above"));
            return;
          }
          long waitNanos = status == AgentExit.RESTART ? 0 : lane.crashed(System.nanoTime());
          say.accept(
              "Lane "
                  + lane.number
                  + (status == AgentExit.RESTART ? " restarts" : " died (" + words(status) + ")")
                  + (waitNanos == 0
                      ? "; starting it again."
                      : " too often; starting it again in "
                          + TimeUnit.NANOSECONDS.toSeconds(waitNanos)
                          + " s."));
          if (waitNanos == 0) {
            start(lane);
          } else {
            timer.schedule(
                () -> queue.add(() -> startIfIdle(lane)), waitNanos, TimeUnit.NANOSECONDS);
          }
        });
  }

  private void startIfIdle(Lane lane) {
    if (lane.agent == null && !lane.stopped && lane.equals(lanes.get(lane.number))) {
      start(lane);
    }
  }

  private static String words(int status) {
    return status > 128 ? "signal " + (status - 128) : "exit status " + status;
  }

  private void fail(LocalException problem) {
    if (wasReady) {
      say.accept("ovenbird: " + problem.getMessage());
    } else if (failure == null) {
      failure = problem;
    }
  }

  private void checkReady() {
    if (!wasReady) {
      String waiting =
          lanes.values().stream()
              .filter(lane -> !lane.ready)
              .map(lane -> String.valueOf(lane.number))
              .collect(Collectors.joining(", "));
      fail(
          new LocalException(
              "not ready after "
                  + READY_SECONDS
                  + " s: lane "
                  + waiting
                  + "; see the lines above"));
    }
  }

  private void checkAllReady() {
    if (wasReady || !lanes.values().stream().allMatch(lane -> lane.ready || lane.stopped)) {
      return;
    }
    wasReady = true;
    List<ResolvedClient> clients = applied.cluster().clients();
    say.accept(
        "Ready: "
            + applied.cluster().name()
            + " with "
            + counted(lanes.size(), "instance")
            + " and "
            + counted(clients.size(), "client")
            + ". "
            + (clients.isEmpty()
                ? "Add a VpnClient to " + file + " for a first profile."
                : "Connect with: sudo openvpn --config "
                    + folder.shownProfile(clients.getFirst().name())));
  }

  private static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  private String describe(int lane) {
    return planned(lane)
        .map(
            config ->
                "Lane "
                    + lane
                    + ": "
                    + config.tunName()
                    + ", "
                    + config.listeners().stream()
                        .map(
                            listener ->
                                listener.protocol()
                                    + " "
                                    + (listener.addresses().isEmpty()
                                        ? ""
                                        : String.join(" ", listener.addresses()) + " port ")
                                    + listener.port())
                        .collect(Collectors.joining(", "))
                    + (config.httpAddress() == null
                        ? ""
                        : ", metrics at http://" + config.httpAddress() + "/metrics"))
        .orElse("Lane " + lane);
  }

  private Optional<InstanceConfig> planned(int lane) {
    return applied.plan().instances().stream()
        .filter(instance -> instance.id().lane() == lane)
        .map(PlannedInstance::config)
        .findFirst();
  }

  private void changed(String text) {
    Applied next;
    try {
      next = files.apply(file.toString(), text);
    } catch (InvalidInputException e) {
      e.lines().forEach(line -> say.accept("ovenbird: " + line));
      say.accept("Nothing was changed.");
      return;
    } catch (LocalException e) {
      say.accept("ovenbird: " + e.getMessage());
      return;
    }
    Applied before = applied;
    applied = next;
    Set<Integer> wanted = new TreeSet<>();
    next.plan().instances().forEach(instance -> wanted.add(instance.id().lane()));
    List<String> changes = new ArrayList<>(ClientChanges.between(before, next, folder));
    for (Lane lane : List.copyOf(lanes.values())) {
      if (!wanted.contains(lane.number)) {
        lanes.remove(lane.number);
        retire(lane);
        folder.deleteInstance(lane.number);
        changes.add("Lane " + lane.number + " is gone.");
      }
    }
    for (int number : wanted) {
      if (!lanes.containsKey(number)) {
        Lane lane = new Lane(number);
        lanes.put(number, lane);
        start(lane);
        changes.add("Lane " + number + " is new.");
      }
    }
    changes.forEach(say);
    say.accept(file + " is applied.");
  }

  private void renew() {
    try {
      applied = files.renew(applied);
    } catch (LocalException e) {
      say.accept("ovenbird: " + e.getMessage());
    }
  }

  private static void retire(Lane lane) {
    AgentProcess agent = lane.agent;
    lane.agent = null;
    lane.ready = false;
    if (agent != null) {
      agent.retire();
    }
  }

  private void retireAll() {
    List<Thread> retiring = new ArrayList<>();
    for (Lane lane : lanes.values()) {
      retiring.add(Thread.ofPlatform().start(() -> retire(lane)));
    }
    for (Thread thread : retiring) {
      boolean done = false;
      while (!done) {
        try {
          thread.join();
          done = true;
        } catch (InterruptedException e) {
          continue; // What was made is taken away whatever comes.
        }
      }
    }
  }

  /** Requests of {@code ovenbird instance}, on any thread. */
  private String answer(String request) {
    String[] words = request.split(" ");
    if (words.length != 2 || !words[1].matches("[0-9]{1,3}")) {
      return "error: unknown request";
    }
    CompletableFuture<String> answer = new CompletableFuture<>();
    queue.add(() -> answer.complete(instance(words[0], Integer.parseInt(words[1]))));
    try {
      return answer.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return "error: no answer within 30 s";
    } catch (InterruptedException e) {
      return "error: interrupted";
    }
  }

  private String instance(String verb, int number) {
    Lane lane = lanes.get(number);
    if (lane == null) {
      return "error: there is no lane " + number + "; there are " + lanes.keySet();
    }
    switch (verb) {
      case "stop" -> {
        if (lane.stopped) {
          return "ok: lane " + number + " was stopped already";
        }
        lane.stopped = true;
        retire(lane);
        say.accept(
            "Lane "
                + number
                + " is stopped; start it by: ./ovenbird instance start "
                + number
                + " --dir "
                + folder.shown());
        return "ok: lane " + number + " is stopped";
      }
      case "start" -> {
        if (!lane.stopped) {
          return "ok: lane " + number + " was running already";
        }
        lane.stopped = false;
        start(lane);
        return "ok: lane " + number + " is starting";
      }
      default -> {
        return "error: unknown request " + verb;
      }
    }
  }
}
