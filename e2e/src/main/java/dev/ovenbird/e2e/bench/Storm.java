package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.linux.process.NiceLevel;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Full handshakes by our own client role, several at a time, without a pause, until it is closed.
 * At the lowest priority, so that a client that shares their processor is not what is measured.
 */
final class Storm implements AutoCloseable {
  private static final int NICE = 19;

  private final SecureRandom random = new SecureRandom();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile boolean stopped;

  /** One at a time for each identity, from a namespace. */
  Storm(Namespace from, List<Material> identities) {
    for (Material identity : identities) {
      // The JDK's client costs the least.
      ClientConfig config = identity.config(TlsProvider.JSSE, random);
      threads.add(
          Thread.ofPlatform()
              .name("storm")
              .daemon()
              .start(() -> from.call(() -> shake(identity, config))));
    }
  }

  private int shake(Material identity, ClientConfig config) throws IOException {
    NiceLevel.setForCurrentThread(NICE);
    while (!stopped) {
      try {
        HandshakeClient.connect(identity.server(), config, random);
        done.incrementAndGet();
      } catch (IllegalStateException e) {
        failed.incrementAndGet();
      }
    }
    return done.get();
  }

  /** Handshakes that came to an end with pushed options so far. */
  int done() {
    return done.get();
  }

  /** Handshakes that the server refused, or did not finish within 20 s, so far. */
  int failed() {
    return failed.get();
  }

  /** Ends it; what is under way is finished first. */
  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
