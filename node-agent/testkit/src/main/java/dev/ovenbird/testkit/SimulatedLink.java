package dev.ovenbird.testkit;

import java.util.Random;
import java.util.function.Consumer;

/** One direction of a link: delays, loses, duplicates, reorders and corrupts packets. */
public final class SimulatedLink {
  private final Simulation simulation;
  private final Random random;
  private LinkConditions conditions;

  public SimulatedLink(Simulation simulation, LinkConditions conditions) {
    this.simulation = simulation;
    this.random = simulation.fork();
    this.conditions = conditions;
  }

  public void conditions(LinkConditions changed) {
    conditions = changed;
  }

  public void send(byte[] packet, Consumer<byte[]> receiver) {
    if (random.nextDouble() < conditions.loss()) {
      return;
    }
    int copies = random.nextDouble() < conditions.duplicate() ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      byte[] copy = packet.clone();
      if (copy.length > 0 && random.nextDouble() < conditions.corrupt()) {
        copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
      }
      long delay = conditions.delayNanos();
      if (conditions.jitterNanos() > 0) {
        delay += random.nextLong(conditions.jitterNanos());
      }
      simulation.after(delay, () -> receiver.accept(copy));
    }
  }
}
