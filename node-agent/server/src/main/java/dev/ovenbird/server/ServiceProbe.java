package dev.ovenbird.server;

import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ProbeHop;
import dev.ovenbird.server.route.Router;
import io.netty.channel.IoEventLoop;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Tries whether a service is reached as clients reach it. Confined to the event loop. */
final class ServiceProbe {
  private static final int ATTEMPTS = 4;

  private final Router router;
  private final HostNetwork network;
  private final PacketPath packets;
  private final IoEventLoop loop;
  private final CompletableFuture<Boolean> result = new CompletableFuture<>();
  private final ProbeHop hop;

  /**
   * @param tunnel its IPv4 broadcast address, which no client has, is where the packet comes from
   */
  ServiceProbe(
      Cidr tunnel,
      InetSocketAddress service,
      Router router,
      HostNetwork network,
      PacketPath packets,
      IoEventLoop loop) {
    this.router = router;
    this.network = network;
    this.packets = packets;
    this.loop = loop;
    long last = tunnel.low() | (1L << (128 - tunnel.length())) - 1;
    this.hop =
        new ProbeHop(
            new Cidr(false, 0, last, 128),
            Cidr.host(service.getAddress().getAddress()),
            service.getPort(),
            new SecureRandom(),
            () -> finish(true));
  }

  CompletableFuture<Boolean> start() {
    router.put(hop.source(), hop);
    attempt(1);
    return result;
  }

  private void attempt(int number) {
    if (result.isDone()) {
      return;
    }
    if (number > ATTEMPTS) {
      finish(false);
      return;
    }
    try {
      // Again each time: another lane of the node may try from the same address.
      network.route(hop.source());
      packets.intoTun(hop.request());
    } catch (RuntimeException e) {
      finish(false);
      return;
    }
    loop.schedule(
        () -> attempt(number + 1),
        ThreadLocalRandom.current().nextInt(700, 1500),
        TimeUnit.MILLISECONDS);
  }

  private void finish(boolean answered) {
    if (result.isDone()) {
      return;
    }
    if (answered) {
      packets.intoTun(hop.reset());
    }
    router.remove(hop.source(), hop);
    try {
      network.unroute(hop.source());
    } catch (RuntimeException e) {
      result.complete(answered);
      return;
    }
    result.complete(answered);
  }
}
