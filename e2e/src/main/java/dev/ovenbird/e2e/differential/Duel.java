package dev.ovenbird.e2e.differential;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.differential.Difference.Answer;
import dev.ovenbird.e2e.differential.Difference.Case;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Our server and stock openvpn 2.6 side by side, with settings as like as they can be. */
public final class Duel implements AutoCloseable {
  private static final int STOCK_PORT = 2194;
  private static final String STOCK_GATEWAY = "10.89.0.1";
  private static final String GATEWAY = "10.88.0.1";

  /** Each may have sixteen sessions half open, for a minute. */
  private static final int CLIENTS = 64;

  /** Nothing is limited there that is not limited here, or at another rate. */
  private static final String STOCK_LIMITS =
      "connect-freq-initial 100000000 1\nmax-clients 5000\nmute 20\n";

  /** How long answers are waited for; longer where they seemed to differ. */
  private static final List<Integer> QUIET_MILLIS = List.of(40, 150, 400);

  private record Taken(int firstByte, Answer answer) {}

  private final Scope scope = new Scope();
  private final ExecutorService both = Executors.newFixedThreadPool(2);
  private final Side ours;
  private final Side stock;
  private final Map<Mutation, Integer> tried = new EnumMap<>(Mutation.class);
  private int cases;

  private Duel() {
    Path dir = TempFolder.create(scope, "ovenbird-differential");
    Lab lab = Lab.create(scope, 1);
    SecureRandom random = new SecureRandom();
    StockServer server =
        StockServer.start(
            scope, lab.server(), dir, StockServer.Setup.standard(STOCK_PORT).with(0, STOCK_LIMITS));
    stock =
        new Side(
            lab.client(0),
            new InetSocketAddress(Lab.SERVER_IPV4, STOCK_PORT),
            STOCK_GATEWAY,
            List.of(Side.Member.of(server.profile(), random)));
    ClusterSpec spec = new ClusterSpec().lanes(1);
    IntStream.range(0, CLIENTS).forEach(i -> spec.client("c" + i));
    LocalCluster cluster = LocalCluster.start(scope, lab.server(), dir.resolve("ours"), spec);
    List<Side.Member> members = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Profile profile = cluster.profile("c" + i);
      members.add(Side.Member.of(profile, random));
    }
    ours =
        new Side(
            lab.client(0),
            new InetSocketAddress(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT),
            GATEWAY,
            members);
  }

  /** Starts both. Needs root. */
  public static Duel open() {
    return new Duel();
  }

  /** Cases that were run, by mutation. */
  public Map<Mutation, Integer> tried() {
    return Map.copyOf(tried);
  }

  /** Tries mutations for that long, one after the other at each stage; what differed. */
  public List<Difference> run(long seed, Duration time) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Difference> differences = new ArrayList<>();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      for (Mutation mutation : Mutation.values()) {
        List<Stage> stages =
            Arrays.stream(Stage.values())
                .filter(stage -> stage == Stage.OPEN || !mutation.isData())
                .toList();
        Stage stage = stages.get(random.nextInt(stages.size()));
        difference(new Case(stage, mutation, random.nextLong())).ifPresent(differences::add);
        tried.merge(mutation, 1, Integer::sum);
        if (System.nanoTime() >= end) {
          break;
        }
      }
    }
    return differences;
  }

  /** Tries one case, and again if it seems to differ: an answer may only have been late. */
  public Optional<Difference> difference(Case each) throws IOException {
    Difference last = null;
    for (int quiet : QUIET_MILLIS) {
      int number = cases++;
      Future<Taken> first = both.submit(() -> take(ours, each, number, quiet));
      Future<Taken> second = both.submit(() -> take(stock, each, number, quiet));
      try {
        Taken mine = first.get();
        Taken theirs = second.get();
        if (mine.answer().equals(theirs.answer())) {
          return Optional.empty();
        }
        last = new Difference(each, mine.firstByte(), mine.answer(), theirs.answer());
      } catch (ExecutionException e) {
        throw new IOException(each + ": " + e.getCause(), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted in " + each, e);
      }
    }
    return Optional.ofNullable(last);
  }

  private static Taken take(Side side, Case each, int number, int quietMillis) throws IOException {
    try (Conversation talk = new Conversation(side, number)) {
      if (!talk.reach(each.stage())) {
        throw new IOException("no session with " + side.server());
      }
      byte[] packet = each.mutation().make(talk, new SplittableRandom(each.seed()));
      if (packet.length > 0) {
        talk.send(packet);
        if (each.mutation() == Mutation.DATA_REPEATED) {
          talk.send(packet);
        }
      }
      return new Taken(
          packet.length == 0 ? 0 : packet[0] & 0xff,
          new Answer(talk.observe(quietMillis, quietMillis), talk.isUnharmed()));
    }
  }

  @Override
  public void close() {
    both.shutdownNow();
    scope.close();
  }
}
