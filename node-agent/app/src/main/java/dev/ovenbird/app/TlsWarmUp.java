package dev.ovenbird.app;

import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.protocol.tls.PeerTrust;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.protocol.tls.TlsVersion;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One handshake of the process with itself, beside the first clients' way here: the first of a JVM
 * costs 0.4 s of loading classes, the next 0.02 s (tls.md).
 */
final class TlsWarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(TlsWarmUp.class);
  private static final int MAX_FLIGHTS = 8;

  /** Until the node's other lanes have started too: they need the processor more. */
  private static final Duration DELAY = Duration.ofSeconds(3);

  private TlsWarmUp() {}

  /** Starts it on a thread of its own; nothing depends on how it ends. */
  static void start(TlsProvider provider, Credentials credentials, SecureRandom random) {
    Thread.ofPlatform()
        .name("tls-warm-up")
        .daemon()
        .priority(Thread.MIN_PRIORITY)
        .start(
            () -> {
              try {
                Thread.sleep(DELAY);
              } catch (InterruptedException e) {
                return;
              }
              shakeHands(provider, credentials, random);
            });
  }

  private static void shakeHands(
      TlsProvider provider, Credentials credentials, SecureRandom random) {
    long begin = System.nanoTime();
    LongSupplier clock = () -> System.currentTimeMillis() / 1000;
    // The instance's certificate has both usages: it can play the client.
    // The server does without libcrypto: to link its functions takes some MB, and whether any
    // client
    // will come is not known.
    try (TlsEngine server =
            provider
                .server(
                    random,
                    clock,
                    credentials.identity(),
                    PeerTrust.authorities(credentials.clientCasDer()),
                    TlsVersion.TLS12)
                .create();
        TlsEngine client =
            provider
                .client(
                    random,
                    clock,
                    credentials.identity(),
                    credentials.clientCasDer(),
                    null,
                    TlsVersion.TLS12,
                    TlsVersion.TLS13)
                .create()) {
      client.start();
      for (int i = 0; i < MAX_FLIGHTS && !server.isHandshakeComplete(); i++) {
        server.offer(client.takeOutput());
        client.offer(server.takeOutput());
      }
      LOG.atDebug()
          .setMessage("TLS is warm")
          .addKeyValue("complete", server.isHandshakeComplete())
          .addKeyValue("ms", (System.nanoTime() - begin) / 1_000_000)
          .log();
    } catch (RuntimeException e) {
      LOG.atDebug().setMessage("TLS warm-up failed").setCause(e).log();
    }
  }
}
