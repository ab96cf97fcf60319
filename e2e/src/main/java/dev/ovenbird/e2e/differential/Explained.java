package dev.ovenbird.e2e.differential;

import dev.ovenbird.e2e.differential.Difference.Answer;
import dev.ovenbird.protocol.wire.Opcode;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Differences that are meant; {@code docs/hardening.md} lists them. */
public enum Explained {
  ACKNOWLEDGED_FIRST(
      "ours acknowledges at once and answers when TLS is done; stock says both in one") {
    @Override
    boolean covers(Difference difference) {
      Answer ours = difference.ours();
      Answer stock = difference.stock();
      return ours.unharmed() == stock.unharmed()
          && ours.kinds().contains("ack")
          && withoutAck(ours).equals(withoutAck(stock));
    }
  },
  RESET_WITH_A_NUMBER(
      "a hard reset that is not the first message: stock 2.6 takes it; ours and 2.7 ignore it") {
    @Override
    boolean covers(Difference difference) {
      Opcode opcode = difference.opcode();
      return difference.at().mutation() == Mutation.OPCODE
          && (opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2
              || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3)
          && difference.ours().equals(new Answer(Set.of(), true));
    }
  },
  SOFT_RESET_OUT_OF_TURN(
      "a soft reset that skips a key id: stock begins a renegotiation of its own; ours at most acknowledges it") {
    @Override
    boolean covers(Difference difference) {
      return difference.at().mutation() == Mutation.SOFT_RESET
          && difference.at().stage() == Stage.OPEN
          && Opcode.keyId(difference.firstByte()) != 1
          && difference.ours().unharmed()
          && Set.of("ack").containsAll(difference.ours().kinds());
    }
  },
  SENT_AGAIN_EARLY(
      "stock sends again at the third acknowledgement of something later; ours in time") {
    @Override
    boolean covers(Difference difference) {
      return difference.at().mutation() == Mutation.ACKS
          && difference.at().stage() == Stage.HANDSHAKE
          && difference.stock().equals(new Answer(Set.of("control"), true))
          && difference.ours().equals(new Answer(Set.of(), true));
    }
  },
  RESET_TAKES_NOTHING(
      "stock gives up a half-open session for another reset from its address; ours goes on") {
    @Override
    boolean covers(Difference difference) {
      return difference.at().mutation() == Mutation.ANOTHER_RESET
          && difference.at().stage() == Stage.HANDSHAKE
          && !difference.stock().unharmed()
          && difference.ours().unharmed();
    }
  },
  DATA_GOES_ON(
      "no TLS in an open session: stock ends it; ours keeps its data keys, and renews them later") {
    @Override
    boolean covers(Difference difference) {
      return difference.at().stage() == Stage.OPEN
          && difference.at().mutation() == Mutation.NO_TLS
          && !difference.stock().unharmed()
          && difference.ours().unharmed();
    }
  },
  COMPRESSED(
      "what begins as compressed packets do: stock drops it; ours ends the session in words") {
    @Override
    boolean covers(Difference difference) {
      return difference.at().mutation() == Mutation.DATA_NOISE
          && difference.stock().equals(new Answer(Set.of(), true))
          && difference.ours().equals(new Answer(Set.of("control"), false));
    }
  };

  private final String why;

  Explained(String why) {
    this.why = why;
  }

  abstract boolean covers(Difference difference);

  /** The reason for a difference; empty if it has none. */
  public static Optional<Explained> of(Difference difference) {
    return Arrays.stream(values()).filter(each -> each.covers(difference)).findFirst();
  }

  private static Set<String> withoutAck(Answer answer) {
    Set<String> kinds = new TreeSet<>(answer.kinds());
    kinds.remove("ack");
    return kinds;
  }

  @Override
  public String toString() {
    return why;
  }
}
