package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Many of our own clients on one thread, each with a socket of its own and none with a TUN; they
 * keep their sessions alive as every client does.
 */
final class Swarm implements AutoCloseable {
  private static final int CONNECTING = 8;
  private static final long MAX_WAIT_MILLIS = 20;
  private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private record Due(SwarmClient client, long atNanos) {}

  private final IntFunction<Material> identities;
  private final SecureRandom random = new SecureRandom();
  private final SwarmClient.Scratch scratch = new SwarmClient.Scratch();
  private final List<SwarmClient> clients = new ArrayList<>();
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::atNanos));
  private final Queue<FutureTask<?>> calls = new ConcurrentLinkedQueue<>();
  private final Selector selector;
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * @param from namespace of their sockets
   * @param identities by the client's number
   */
  Swarm(Namespace from, IntFunction<Material> identities) {
    this.identities = identities;
    this.selector = from.call(Selector::open);
    this.thread = Thread.ofPlatform().name("swarm").daemon().start(() -> from.call(this::serve));
  }

  private int serve() throws Exception {
    while (!stopped) {
      for (FutureTask<?> call; (call = calls.poll()) != null; ) {
        call.run();
      }
      turn();
    }
    for (SwarmClient client : clients) {
      client.close();
    }
    return clients.size();
  }

  /** Takes what has come and does what is due; waits a little if there is nothing. */
  private void turn() throws IOException {
    Due first = due.peek();
    long wait =
        first == null
            ? MAX_WAIT_MILLIS
            : TimeUnit.NANOSECONDS.toMillis(first.atNanos() - System.nanoTime());
    select(Math.clamp(wait, 0, MAX_WAIT_MILLIS));
    long now = System.nanoTime();
    for (Due next; (next = due.peek()) != null && next.atNanos() <= now; ) {
      due.remove();
      if (next.client().nextDeadline() <= now) {
        next.client().timeout();
      }
      if (next.client().over() == null) {
        watch(next.client());
      }
    }
  }

  private void select(long millis) throws IOException {
    if (millis <= 0) {
      selector.selectNow(Swarm::drain);
    } else {
      selector.select(Swarm::drain, millis);
    }
  }

  private static void drain(SelectionKey key) {
    try {
      ((SwarmClient) key.attachment()).drain();
    } catch (IOException e) {
      // What ICMP said of an earlier packet; pings find out whether the server is there.
    }
  }

  /** A deadline that moves away is looked at once more when it would have been. */
  private void watch(SwarmClient client) {
    due.add(new Due(client, client.nextDeadline()));
  }

  private <T> T call(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    calls.add(task);
    selector.wakeup();
    try {
      return task.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("swarm: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the swarm works", e);
    }
  }

  /**
   * Connects more, until there are so many.
   *
   * @throws IllegalStateException if one is refused or needs more than a minute
   */
  void connect(int count) {
    call(
        () -> {
          Deque<SwarmClient> connecting = new ArrayDeque<>();
          long progressNanos = System.nanoTime();
          while (clients.size() < count || !connecting.isEmpty()) {
            while (clients.size() < count && connecting.size() < CONNECTING) {
              connecting.add(begin(clients.size()));
            }
            turn();
            // Answers make deadlines come nearer, which the queue does not see.
            for (SwarmClient client : connecting) {
              if (client.nextDeadline() <= System.nanoTime()) {
                client.timeout();
              }
              if (client.over() != null) {
                throw new IllegalStateException("a client was refused: " + client.over());
              }
            }
            if (connecting.removeIf(SwarmClient::isConnected)) {
              progressNanos = System.nanoTime();
            } else if (System.nanoTime() - progressNanos > CONNECT_NANOS) {
              throw new IllegalStateException("no client has connected for a minute");
            }
          }
          return clients.size();
        });
  }

  private SwarmClient begin(int number) throws IOException {
    Material material = identities.apply(number);
    ClientConfig config = material.config(TlsProvider.JSSE, random);
    SwarmClient client = new SwarmClient(material.server(), config, random, scratch);
    client.channel().register(selector, SelectionKey.OP_READ, client);
    clients.add(client);
    client.start();
    watch(client);
    return client;
  }

  /** How many are still connected. */
  int connected() {
    return call(
        () ->
            Math.toIntExact(
                clients.stream()
                    .filter(client -> client.isConnected() && client.over() == null)
                    .count()));
  }

  /**
   * Lets all clients in turn send ICMP echo requests through the tunnel.
   *
   * @return how many were answered
   */
  long echo(InetAddress target, int perSecond, Duration time) {
    return call(
        () -> {
          long before = clients.stream().mapToLong(SwarmClient::answers).sum();
          long begin = System.nanoTime();
          long sent = 0;
          for (long passed; (passed = System.nanoTime() - begin) < time.toNanos(); ) {
            long allowed = (long) (passed / 1e9 * perSecond);
            for (; sent < allowed; sent++) {
              clients.get((int) (sent % clients.size())).echo(target);
            }
            turn();
          }
          long settled = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
          while (System.nanoTime() < settled) {
            turn();
          }
          return clients.stream().mapToLong(SwarmClient::answers).sum() - before;
        });
  }

  /** Ends all without a good-bye. */
  @Override
  public void close() {
    stopped = true;
    selector.wakeup();
    try {
      thread.join();
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
