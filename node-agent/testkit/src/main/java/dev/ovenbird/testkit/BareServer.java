package dev.ovenbird.testkit;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ServerEndpoint} driven step by step: packets go in one by one, what comes out is kept,
 * slow tasks and time wait until they are told. For what an attacker does to it.
 */
public final class BareServer implements ServerHost, Admission {
  /** A packet that left. */
  public record Sent(LinkPath to, byte[] packet) {}

  public final List<Sent> sent = new ArrayList<>();
  public final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
  public final List<byte[]> tunnelPackets = new ArrayList<>();
  public final List<String> closed = new ArrayList<>();
  public final List<String> failures = new ArrayList<>();
  public final List<LinkPath> hungUp = new ArrayList<>();
  public final ArrayDeque<SlowTask> tasks = new ArrayDeque<>();
  public int opened;
  public int moved;
  public long bootNanos = Simulation.SECOND;
  public long wallSeconds = 1_790_000_000L;

  /** What {@link Admission#isKnown} says; everybody is known at first. */
  public Predicate<byte[]> known = metadata -> true;

  /** What {@link Admission#admit} says; by the name in the metadata at first. */
  public BiFunction<PeerIdentity, PeerInfo, Verdict> verdict =
      (identity, info) ->
          new Admitted(
              metadataName(identity.metadata()),
              List.of(new byte[] {10, 88, 0, 2}),
              List.of("topology subnet"));

  /** What clients need besides their certificate. */
  public @Nullable PasswordPolicy passwords;

  private final ServerEndpoint endpoint;

  public BareServer(ServerConfig config, SecureRandom random) {
    long bytes = config.limits().maxSessions() * ServerEndpoint.RECORD_BYTES;
    endpoint =
        new ServerEndpoint(
            config, this, this, MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]), random);
  }

  /** An address of IPv4 by its number. */
  public static LinkPath path(Transport transport, int address, int port) {
    return new LinkPath(
        transport,
        0,
        transport == Transport.TCP ? (long) address << 16 | port : 0,
        0,
        0xffff_0000_0000L | Integer.toUnsignedLong(address),
        port,
        0,
        0xffff_c000_02feL,
        0);
  }

  /** The name that {@link TestPki} writes into a wrapped client key. */
  public static String metadataName(byte @Nullable [] metadata) {
    return metadata == null || metadata.length < 2
        ? ""
        : new String(
            Arrays.copyOfRange(metadata, 1, metadata.length),
            java.nio.charset.StandardCharsets.UTF_8);
  }

  public ServerEndpoint endpoint() {
    return endpoint;
  }

  public int drops(DropReason reason) {
    return drops.getOrDefault(reason, 0);
  }

  /** A packet arrives; the array may be changed. */
  public void receive(LinkPath from, byte[] packet) {
    endpoint.received(
        from, MemorySegment.ofArray(packet), 0, packet.length, bootNanos, wallSeconds);
  }

  /** Runs all slow tasks, and those that follow from them. */
  public void runTasks() {
    SlowTask task;
    while ((task = tasks.poll()) != null) {
      task.run();
      endpoint.completed(task, bootNanos, wallSeconds);
    }
  }

  /** Time passes. */
  public void advance(long nanos) {
    bootNanos += nanos;
    endpoint.timeout(bootNanos, wallSeconds);
  }

  @Override
  public void transmit(LinkPath to, MemorySegment packet, long offset, int length) {
    sent.add(new Sent(to, packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));
  }

  @Override
  public void submit(SlowTask task) {
    tasks.add(task);
  }

  @Override
  public void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length) {
    tunnelPackets.add(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void opened(ServerSession session) {
    opened++;
  }

  @Override
  public void moved(ServerSession session, LinkPath previous) {
    moved++;
  }

  @Override
  public void closed(ServerSession session, CloseReason reason) {
    closed.add(session.clientId() + " " + reason);
  }

  @Override
  public void hangUp(LinkPath path) {
    hungUp.add(path);
  }

  @Override
  public void negotiationFailed(LinkPath path, String why) {
    failures.add(why);
  }

  @Override
  public void dropped(DropReason reason) {
    drops.merge(reason, 1, Integer::sum);
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return known.test(metadata);
  }

  @Override
  public @Nullable PasswordPolicy passwords() {
    return passwords;
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    return verdict.apply(identity, info);
  }
}
