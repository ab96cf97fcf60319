package dev.ovenbird.e2e.differential;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ReplayId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A packet that no client sends there and then. Chance chooses the same for both servers. */
public enum Mutation {
  /** The client's last control packet once more. */
  REPEATED((talk, random) -> talk.template()),
  /** With one bit changed. */
  FLIPPED((talk, random) -> flipped(talk.template(), 0, random)),
  CUT(
      (talk, random) -> {
        byte[] packet = talk.template();
        return Arrays.copyOf(packet, (int) (random.nextDouble() * packet.length));
      }),
  LENGTHENED((talk, random) -> joined(talk.template(), noise(1 + random.nextInt(200), random))),
  /** With another opcode or key id. */
  FIRST_BYTE(
      (talk, random) -> {
        byte[] packet = talk.template();
        packet[0] = (byte) (packet[0] ^ (1 + random.nextInt(255)));
        return packet;
      }),
  NOISE((talk, random) -> noise(1 + random.nextInt(1400), random)),
  /** A wrapped key that no server key opens. */
  FORGED_KEY(
      (talk, random) -> {
        byte[] packet = talk.reset();
        return flipped(packet, packet.length - talk.wkc().length, random);
      }),
  /** A wrapped key of another length than it says. */
  KEY_LENGTH(
      (talk, random) -> {
        byte[] packet = talk.reset();
        int length =
            List.of(0, 1, 289, 290, 1024, 1025, packet.length, 0xffff).get(random.nextInt(8));
        return ByteBuffer.wrap(packet).putShort(packet.length - 2, (short) length).array();
      }),
  /** A first packet without its key. */
  NO_KEY(
      (talk, random) -> {
        byte[] packet = talk.reset();
        return Arrays.copyOf(packet, packet.length - talk.wkc().length);
      }),
  /** A first packet of another session, authentic. */
  ANOTHER_RESET(
      (talk, random) ->
          joined(
              talk.wrap(
                  Opcode.firstByte(Opcode.CONTROL_HARD_RESET_CLIENT_V3, 0),
                  new SessionId(random.nextLong() | 1),
                  new ReplayId(0x0f00_0001, talk.used().time()),
                  body(talk, 0, 0, new byte[0])),
              talk.wkc())),
  /** Authentic, of any opcode. */
  OPCODE(
      (talk, random) -> {
        List<Opcode> opcodes =
            Arrays.stream(Opcode.values()).filter(opcode -> !opcode.isData()).toList();
        Opcode opcode = opcodes.get(random.nextInt(opcodes.size()));
        byte[] packet =
            authentic(
                talk,
                Opcode.firstByte(opcode, 0),
                body(talk, 0, talk.neededMessage(), new byte[0]));
        return opcode.carriesWrappedClientKey() ? joined(packet, talk.wkc()) : packet;
      }),
  /** Authentic, of a key id that nobody has begun. */
  KEY_ID(
      (talk, random) ->
          authentic(
              talk,
              Opcode.firstByte(Opcode.CONTROL_V1, 1 + random.nextInt(7)),
              body(talk, 0, random.nextInt(3), new byte[10]))),
  /** Authentic, with acknowledgements of what was never said. */
  ACKS(
      (talk, random) -> {
        int[] acks = new int[1 + random.nextInt(8)];
        Arrays.setAll(acks, i -> random.nextBoolean() ? random.nextInt(4) : random.nextInt());
        return authentic(
            talk,
            Opcode.firstByte(Opcode.ACK_V1, 0),
            ControlBody.acknowledgement(acks, talk.server()).encode());
      }),
  /** Authentic, with more acknowledgements than there may be, or than there are. */
  TOO_MANY_ACKS(
      (talk, random) -> {
        byte[] body = new byte[1 + random.nextInt(60)];
        body[0] = (byte) (9 + random.nextInt(247));
        return authentic(talk, Opcode.firstByte(Opcode.ACK_V1, 0), body);
      }),
  /** Authentic, with acknowledgements for another session. */
  ACKS_FOR_OTHERS(
      (talk, random) ->
          authentic(
              talk,
              Opcode.firstByte(Opcode.ACK_V1, 0),
              ControlBody.acknowledgement(new int[] {0}, new SessionId(random.nextLong() | 1))
                  .encode())),
  /** Authentic, with a message id far from the next. */
  MESSAGE_ID(
      (talk, random) -> {
        long next = talk.nextMessage();
        long id =
            List.of(0L, next + 5, next + 11, next + 12, next + 100, 0xffff_ffffL)
                .get(random.nextInt(6));
        return authentic(
            talk, Opcode.firstByte(Opcode.CONTROL_V1, 0), body(talk, 1, id, noise(20, random)));
      }),
  /** Authentic, and no TLS inside. */
  NO_TLS(
      (talk, random) ->
          authentic(
              talk,
              Opcode.firstByte(Opcode.CONTROL_V1, 0),
              body(talk, 1, talk.nextMessage(), noise(1 + random.nextInt(1000), random)))),
  /** Authentic and empty, in the place of a message of the client's. */
  EMPTY_MESSAGE(
      (talk, random) ->
          authentic(
              talk,
              Opcode.firstByte(Opcode.CONTROL_V1, 0),
              body(talk, 1, talk.neededMessage(), new byte[0]))),
  /** Authentic, of nobody, or of somebody else. */
  SENDER(
      (talk, random) ->
          talk.wrap(
              Opcode.firstByte(Opcode.CONTROL_V1, 0),
              new SessionId(random.nextBoolean() ? 0 : random.nextLong()),
              talk.fresh(),
              body(talk, 1, talk.nextMessage(), new byte[0]))),
  /** Authentic, with a replay id that was there before, or of yesterday. */
  REPLAY_ID(
      (talk, random) ->
          talk.wrap(
              Opcode.firstByte(Opcode.ACK_V1, 0),
              talk.own(),
              random.nextBoolean()
                  ? talk.used()
                  : new ReplayId(talk.fresh().counter(), talk.used().time() - 86_400),
              ControlBody.acknowledgement(new int[] {0}, talk.server()).encode())),
  /** Authentic, and anything inside. */
  BODY(
      (talk, random) ->
          authentic(
              talk, Opcode.firstByte(Opcode.CONTROL_V1, 0), noise(random.nextInt(40), random))),
  /** A soft reset that begins a renegotiation, as it should be or not quite. */
  SOFT_RESET(
      (talk, random) ->
          authentic(
              talk,
              Opcode.firstByte(Opcode.CONTROL_SOFT_RESET_V1, random.nextInt(3)),
              body(talk, 0, random.nextInt(2), new byte[random.nextInt(2) * 5]))),
  DATA_REPEATED((talk, random) -> talk.sealed(new byte[40])),
  DATA_FLIPPED((talk, random) -> flipped(talk.sealed(new byte[40]), 4, random)),
  DATA_CUT(
      (talk, random) -> {
        byte[] packet = talk.sealed(new byte[40]);
        return Arrays.copyOf(packet, (int) (random.nextDouble() * packet.length));
      }),
  /** Of another client, of none, or without. */
  DATA_PEER_ID(
      (talk, random) -> {
        byte[] packet = talk.sealed(new byte[40]);
        return packet.length == 0
            ? packet
            : ByteBuffer.wrap(packet).putInt(0, packet[0] << 24 | random.nextInt(1 << 24)).array();
      }),
  DATA_KEY_ID(
      (talk, random) -> {
        byte[] packet = talk.sealed(new byte[40]);
        if (packet.length > 0) {
          packet[0] ^= (byte) (1 + random.nextInt(7));
        }
        return packet;
      }),
  /** Authentic, and no IP packet inside. */
  DATA_NOISE((talk, random) -> talk.sealed(noise(random.nextInt(300), random)));

  /** Makes one; empty if there is none at this stage. */
  private interface Maker {
    byte[] make(Conversation talk, SplittableRandom random);
  }

  private final Maker maker;

  Mutation(Maker maker) {
    this.maker = maker;
  }

  byte[] make(Conversation talk, SplittableRandom random) {
    return maker.make(talk, random);
  }

  boolean isData() {
    return name().startsWith("DATA_");
  }

  private static byte[] authentic(Conversation talk, int firstByte, byte[] body) {
    return talk.wrap(firstByte, talk.own(), talk.fresh(), body);
  }

  private static byte[] body(Conversation talk, int acks, long messageId, byte[] payload) {
    int[] zeros = new int[talk.server().isDefined() ? acks : 0];
    return new ControlBody(zeros, talk.server(), messageId, payload).encode();
  }

  private static byte[] flipped(byte[] packet, int from, SplittableRandom random) {
    if (packet.length > from) {
      int bit = (int) (random.nextDouble() * (packet.length - from) * 8);
      packet[from + bit / 8] ^= (byte) (1 << bit % 8);
    }
    return packet;
  }

  private static byte[] noise(int length, SplittableRandom random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
