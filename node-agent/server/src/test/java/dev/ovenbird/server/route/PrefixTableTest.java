package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTableTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void longest_prefix_wins_as_in_a_naive_model(long seed) {
    Random random = new Random(seed);
    PrefixTable<Integer> table = new PrefixTable<>();
    Map<Cidr, Integer> model = new HashMap<>();
    boolean ipv6 = seed % 2 == 0;
    for (int step = 0; step < 20_000; step++) {
      Cidr prefix = prefix(random, ipv6);
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          table.put(prefix, step);
          model.put(prefix, step);
        }
        case 2 -> {
          table.remove(prefix);
          model.remove(prefix);
        }
        default -> {
          Cidr address = prefix(random, ipv6);
          assertThat(table.lookup(address.high(), address.low()))
              .as("step %d", step)
              .isEqualTo(naive(model, address));
        }
      }
      assertThat(table.size()).isEqualTo(model.size());
    }
    for (Cidr prefix : model.keySet().toArray(new Cidr[0])) {
      assertThat(table.get(prefix)).isEqualTo(model.get(prefix));
      table.remove(prefix);
    }
    assertThat(table.size()).isZero();
  }

  /** Few distinct bits, so that prefixes nest and collide. */
  private static Cidr prefix(Random random, boolean ipv6) {
    long low = random.nextLong() & 0x0000_0003_0000_0307L;
    if (!ipv6) {
      return new Cidr(
          false,
          0,
          Cidr.IPV4_PREFIX | ((low & 0xffff) << (random.nextInt(2) * 16)),
          96 + bits(random, 32));
    }
    return new Cidr(true, random.nextLong() & 0xc000_0000_0000_0001L, low, bits(random, 128));
  }

  private static int bits(Random random, int most) {
    return random.nextInt(3) == 0 ? random.nextInt(most + 1) : most;
  }

  private static @Nullable Integer naive(Map<Cidr, Integer> model, Cidr address) {
    @Nullable Cidr best = null;
    for (Cidr prefix : model.keySet()) {
      if (prefix.contains(address.high(), address.low())
          && (best == null || prefix.length() > best.length())) {
        best = prefix;
      }
    }
    return best == null ? null : model.get(best);
  }
}
