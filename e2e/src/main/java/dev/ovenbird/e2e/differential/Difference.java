package dev.ovenbird.e2e.differential;

import dev.ovenbird.protocol.wire.Opcode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A case that the two servers took otherwise, each time that it was tried.
 *
 * @param firstByte of the packet: opcode and key id
 */
public record Difference(Case at, int firstByte, Answer ours, Answer stock) {

  /** A mutation at a stage; the seed chooses the rest. */
  public record Case(Stage stage, Mutation mutation, long seed) {}

  /**
   * What a server did.
   *
   * @param kinds of control packets that came back
   * @param unharmed whether the client could go on
   */
  public record Answer(Set<String> kinds, boolean unharmed) {
    @Override
    public String toString() {
      return (kinds.isEmpty() ? "nothing" : String.join(" ", kinds))
          + (unharmed ? "" : ", and the client cannot go on");
    }
  }

  /** Null if there is no such opcode. */
  @Nullable Opcode opcode() {
    return Opcode.ofFirstByte(firstByte);
  }

  @Override
  public String toString() {
    return "%s %s, %s key %d (seed %d): stock %s; ours %s"
        .formatted(
            at.stage(), at.mutation(), opcode(), Opcode.keyId(firstByte), at.seed(), stock, ours);
  }
}
