package dev.ovenbird.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Inputs made of a corpus's by a few changes each: the same for the same seed, with no agent and no
 * start-up time. What every build runs; Jazzer's guided runs are {@link Campaign}'s.
 */
final class Mutations {
  private static final int MAX_CHANGES = 8;
  private static final int MAX_BYTES = 4096;

  private final List<byte[]> corpus;
  private final SplittableRandom random;

  Mutations(List<byte[]> corpus, long seed) {
    this.corpus = corpus;
    this.random = new SplittableRandom(seed);
  }

  static List<byte[]> corpus(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sorted = files.sorted().toList();
      byte[][] read = new byte[sorted.size()][];
      for (int i = 0; i < read.length; i++) {
        read[i] = Files.readAllBytes(sorted.get(i));
      }
      return List.of(read);
    }
  }

  /** Runs so many inputs; a failure says which, in hex. */
  void run(Target target, int inputs) {
    for (int i = 0; i < inputs; i++) {
      byte[] input = next();
      try {
        target.run().accept(input.clone());
      } catch (RuntimeException | Error e) {
        throw new AssertionError(target.name() + ": " + HexFormat.of().formatHex(input), e);
      }
    }
  }

  private byte[] next() {
    byte[] input = any().clone();
    for (int changes = random.nextInt(MAX_CHANGES + 1); changes > 0; changes--) {
      input = changed(input);
    }
    return input.length > MAX_BYTES ? Arrays.copyOf(input, MAX_BYTES) : input;
  }

  private byte[] any() {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private byte[] changed(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int length = random.nextInt(1, 17);
    return switch (random.nextInt(6)) {
      case 0 -> {
        if (at < input.length) {
          input[at] ^= (byte) (1 << random.nextInt(8));
        }
        yield input;
      }
      case 1 -> {
        if (at < input.length) {
          input[at] = (byte) random.nextInt(256);
        }
        yield input;
      }
      case 2 -> joined(input, at, new byte[0], Math.min(input.length, at + length));
      case 3 -> {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        yield joined(input, at, noise, at);
      }
      case 4 -> {
        byte[] other = any();
        int from = random.nextInt(other.length + 1);
        int to = Math.min(other.length, from + 4 * length);
        yield joined(input, at, Arrays.copyOfRange(other, from, to), at);
      }
      default -> {
        int to = Math.min(input.length, at + 4 * length);
        yield joined(input, to, Arrays.copyOfRange(input, at, to), to);
      }
    };
  }

  /** What is before a place, what comes in, and what follows from another. */
  private static byte[] joined(byte[] input, int before, byte[] middle, int after) {
    byte[] joined = Arrays.copyOf(input, before + middle.length + input.length - after);
    System.arraycopy(middle, 0, joined, before, middle.length);
    System.arraycopy(input, after, joined, before + middle.length, input.length - after);
    return joined;
  }
}
