package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import dev.ovenbird.testkit.BareClient;
import dev.ovenbird.testkit.BareServer;
import dev.ovenbird.testkit.NoTls;
import dev.ovenbird.testkit.SeededRandom;
import dev.ovenbird.testkit.TestPki;
import java.util.ArrayList;
import java.util.List;

/** The client's whole entry point, against a server that holds the key and says anything. */
public final class ClientFuzz {
  private static final int MAX_STEPS = 300;
  private static final ClientKeyFile KEY =
      new TestPki(new SeededRandom(1), 1_790_000_000L).clientKey("alice");
  private static final SessionId SERVER = new SessionId(0x5345525645L);

  private final Input input;
  private final BareClient client;
  private final TlsCrypt wrap = new TlsCrypt(KEY.key(), Role.SERVER);
  private final List<Integer> owedAcks = new ArrayList<>();
  private SessionId clientId = SessionId.UNDEFINED;
  private int counter;
  private int messageId;
  private int keyId;
  private long bootNanos = 1_000_000_000L;
  private long wallSeconds = 1_790_000_000L;

  private ClientFuzz(byte[] data) {
    input = new Input(data);
    Transport transport = (input.next() & 1) == 0 ? Transport.UDP : Transport.TCP;
    client =
        new BareClient(
            ClientConfig.of(KEY, NoTls.client(NoTls.named("server")), transport, true),
            BareServer.path(transport, 1, 1),
            new SeededRandom(3));
    client.endpoint().start(bootNanos, wallSeconds);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    ClientFuzz run = new ClientFuzz(data);
    for (int step = 0; step < MAX_STEPS && !run.input.isEmpty(); step++) {
      boolean wasClosed = run.client.closedReason != null;
      run.hear();
      run.step();
      Check.that(run.client.tunnelPackets.isEmpty(), "a packet that nobody sealed");
      Check.that(run.client.out.size() < 64, "an answer too many");
      Check.that(!wasClosed || run.client.out.isEmpty(), "words after the end");
    }
    for (int i = 0; i < 4; i++) {
      run.client.runTasks(run.bootNanos, run.wallSeconds);
      run.bootNanos += 40_000_000_000L;
      run.client.endpoint().timeout(run.bootNanos, run.wallSeconds);
    }
  }

  /** Reads what the client has sent, for its session id and what is to be acknowledged. */
  private void hear() {
    byte[] packet;
    while ((packet = client.out.poll()) != null) {
      Opcode opcode = packet.length == 0 ? null : Opcode.ofFirstByte(packet[0]);
      Check.that(opcode != null, "an opcode that is none");
      if (opcode == null || opcode.isData()) {
        continue;
      }
      int end = packet.length;
      if (opcode.carriesWrappedClientKey()) {
        end -= WrappedClientKey.lengthAtEnd(packet, end);
      }
      Unwrapped unwrapped = wrap.unwrap(packet, end);
      Check.that(unwrapped != null, "a packet that does not verify");
      if (unwrapped == null) {
        continue;
      }
      clientId = unwrapped.sender();
      try {
        ControlBody body = ControlBody.parse(opcode == Opcode.ACK_V1, unwrapped.body());
        if (!body.isAckOnly() && owedAcks.size() < 32) {
          owedAcks.add((int) body.messageId());
        }
      } catch (MalformedPacketException e) {
        throw new AssertionError("the client sent a malformed packet", e);
      }
    }
  }

  private void step() {
    int step = input.next();
    switch (step & 7) {
      case 0 -> say(Opcode.CONTROL_HARD_RESET_SERVER_V2, input.nextBytes());
      case 1 -> {
        byte[] bytes = input.nextBytes();
        byte type = bytes.length == 0 ? NoTls.HELLO : NoTls.DATA;
        say(Opcode.CONTROL_V1, NoTls.record(type, bytes));
      }
      case 2 -> forge();
      case 3 -> receive(input.nextBytes());
      case 4 -> {
        SlowTask task = client.tasks.poll();
        if (task != null) {
          if ((step & 128) != 0) {
            task.abandon();
          } else {
            task.run();
          }
          client.endpoint().completed(task, bootNanos, wallSeconds);
        }
      }
      case 5 -> {
        bootNanos += input.next() * 200_000_000L;
        client.endpoint().timeout(bootNanos, wallSeconds);
      }
      case 6 -> {
        keyId = keyId % 7 + 1;
        messageId = 0;
        say(Opcode.CONTROL_SOFT_RESET_V1, new byte[0]);
      }
      default -> {
        if ((step & 128) != 0) {
          client.endpoint().leave(bootNanos, wallSeconds);
        } else if ((step & 64) != 0) {
          wallSeconds += input.nextInt();
        } else {
          client.endpoint().renegotiate(bootNanos, wallSeconds);
        }
      }
    }
  }

  private void say(Opcode opcode, byte[] payload) {
    int[] acks = owedAcks.stream().limit(4).mapToInt(Integer::intValue).toArray();
    owedAcks.subList(0, acks.length).clear();
    packet(opcode, keyId, acks, messageId++, payload);
  }

  private void forge() {
    int kind = input.next();
    Opcode opcode = Opcode.of(kind & 15);
    if (opcode == null || opcode.isData()) {
      return;
    }
    int[] acks = new int[input.next() & 7];
    for (int i = 0; i < acks.length; i++) {
      acks[i] = input.next() < 250 ? i : input.nextInt();
    }
    long id = input.next() < 250 ? input.next() & 31 : input.nextInt() & 0xffffffffL;
    packet(opcode, kind >>> 5, acks, id, input.nextBytes());
  }

  private void packet(Opcode opcode, int key, int[] acks, long id, byte[] payload) {
    ControlBody body =
        opcode == Opcode.ACK_V1
            ? ControlBody.acknowledgement(acks, clientId)
            : new ControlBody(acks, clientId, id, payload);
    ReplayId replay = new ReplayId(++counter, 1);
    receive(wrap.wrap(Opcode.firstByte(opcode, key), SERVER, replay, body.encode()));
  }

  private void receive(byte[] packet) {
    client.receive(packet, bootNanos, wallSeconds);
  }
}
