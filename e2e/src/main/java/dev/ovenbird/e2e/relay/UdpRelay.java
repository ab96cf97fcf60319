package dev.ovenbird.e2e.relay;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a server: what it gets on its own address it sends to the server from
 * one socket per client, as a NAT does, and back.
 */
public final class UdpRelay implements AutoCloseable {
  private static final int MAX_CAPTURED = 20_000;

  private final Namespace where;
  private final DatagramChannel listener;
  private final InetSocketAddress server;
  private final SplittableRandom random;
  private final Map<SocketAddress, DatagramChannel> upstreams = new ConcurrentHashMap<>();
  private final List<byte[]> captured = new ArrayList<>();
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
  private volatile Impairment toServer = Impairment.NONE;
  private volatile Impairment toClient = Impairment.NONE;
  private volatile boolean capturing;

  private UdpRelay(Namespace where, DatagramChannel listener, InetSocketAddress server, long seed) {
    this.where = where;
    this.listener = listener;
    this.server = server;
    this.random = new SplittableRandom(seed);
  }

  /** Starts a relay on an address of the namespace; equal seeds choose the same packets. */
  public static UdpRelay start(
      Scope scope, Namespace where, InetSocketAddress listen, InetSocketAddress server, long seed) {
    UdpRelay relay =
        new UdpRelay(where, where.call(() -> DatagramChannel.open().bind(listen)), server, seed);
    scope.add(relay);
    Thread.ofPlatform().name("relay-up").daemon().start(relay::receiveFromClients);
    return relay;
  }

  public UdpRelay impair(Impairment clientToServer, Impairment serverToClient) {
    toServer = clientToServer;
    toClient = serverToClient;
    return this;
  }

  /** Keeps a copy of what clients send from now on, or stops doing so. */
  public void capture(boolean on) {
    capturing = on;
  }

  /** What clients sent while capturing, oldest first. */
  public List<byte[]> captured() {
    synchronized (captured) {
      return List.copyOf(captured);
    }
  }

  /** Gives every client another source port towards the server, as a NAT that forgot it does. */
  public void rebind() {
    for (SocketAddress client : List.copyOf(upstreams.keySet())) {
      DatagramChannel old = upstreams.put(client, openUpstream(client));
      closeQuietly(old);
    }
  }

  /** Sends these bytes to the server again and again, as if each client had. */
  public void inject(byte[] packet) {
    upstreams.values().forEach(upstream -> send(upstream, null, packet));
  }

  private void receiveFromClients() {
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    try {
      while (true) {
        buffer.clear();
        SocketAddress client = listener.receive(buffer);
        byte[] packet = take(buffer);
        if (capturing) {
          synchronized (captured) {
            if (captured.size() < MAX_CAPTURED) {
              captured.add(packet.clone());
            }
          }
        }
        upstreams.computeIfAbsent(client, this::openUpstream);
        impair(toServer, packet, changed -> sendToServer(client, changed));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void sendToServer(SocketAddress client, byte[] packet) {
    DatagramChannel upstream = upstreams.get(client);
    if (upstream != null) {
      send(upstream, null, packet);
    }
  }

  private DatagramChannel openUpstream(SocketAddress client) {
    DatagramChannel upstream = where.call(() -> DatagramChannel.open().connect(server));
    Thread.ofPlatform()
        .name("relay-down")
        .daemon()
        .start(() -> receiveFromServer(upstream, client));
    return upstream;
  }

  private void receiveFromServer(DatagramChannel upstream, SocketAddress client) {
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    while (upstream.isOpen()) {
      try {
        buffer.clear();
        upstream.receive(buffer);
        impair(toClient, take(buffer), changed -> send(listener, client, changed));
      } catch (IOException e) {
        // Closed, or the server's port is for now: a refusal is a packet lost.
      }
    }
  }

  private interface Sender {
    void send(byte[] packet);
  }

  private synchronized void impair(Impairment impairment, byte[] packet, Sender sender) {
    if (chance(impairment.lossPercent())) {
      return;
    }
    if (chance(impairment.corruptPercent()) && packet.length > 0) {
      packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
    }
    long delay = impairment.delay().toNanos();
    if (chance(impairment.reorderPercent())) {
      delay += impairment.reorderDelay().toNanos();
    }
    int copies = chance(impairment.duplicatePercent()) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (delay == 0) {
        sender.send(packet);
      } else {
        var unused = later.schedule(() -> sender.send(packet), delay, TimeUnit.NANOSECONDS);
      }
    }
  }

  private boolean chance(int percent) {
    return percent > 0 && random.nextInt(100) < percent;
  }

  private static byte[] take(ByteBuffer buffer) {
    byte[] packet = new byte[buffer.flip().remaining()];
    buffer.get(packet);
    return packet;
  }

  private static void send(DatagramChannel channel, @Nullable SocketAddress to, byte[] packet) {
    try {
      if (to == null) {
        channel.write(ByteBuffer.wrap(packet));
      } else {
        channel.send(ByteBuffer.wrap(packet), to);
      }
    } catch (IOException e) {
      // As on any network: the packet is lost.
    }
  }

  private static void closeQuietly(@Nullable DatagramChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing left to do with it.
    }
  }

  @Override
  public void close() {
    later.shutdownNow();
    closeQuietly(listener);
    upstreams.values().forEach(UdpRelay::closeQuietly);
  }
}
