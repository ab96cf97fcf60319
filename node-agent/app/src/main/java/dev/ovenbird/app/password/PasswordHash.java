package dev.ovenbird.app.password;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * An Argon2id hash of a password as everybody writes it: {@code
 * $argon2id$v=19$m=…,t=…,p=…$salt$hash} (RFC 9106). One is computed at a time: the memory is the
 * agent's.
 */
final class PasswordHash {
  /** KiB; OWASP's choice for little memory, with 3 passes. */
  private static final int MEMORY = 12 * 1024;

  private static final int PASSES = 3;

  /** KiB; more would be a good part of an agent's heap. */
  static final int MAX_MEMORY = 24 * 1024;

  static final int MAX_PASSES = 16;

  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  /** Held from before the memory is taken. */
  static final Object ONE_AT_A_TIME = new Object();

  private final int memory;
  private final int passes;
  private final int lanes;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(int memory, int passes, int lanes, byte[] salt, byte[] hash) {
    this.memory = memory;
    this.passes = passes;
    this.lanes = lanes;
    this.salt = salt;
    this.hash = hash;
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException saying what is wrong, without the text
   */
  static PasswordHash parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "the hash is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash; make one with ovenbird"
              + " password");
    }
    int memory = Integer.parseInt(form.group(1));
    int passes = Integer.parseInt(form.group(2));
    int lanes = Integer.parseInt(form.group(3));
    if (memory < 8 * lanes || memory > MAX_MEMORY) {
      throw new IllegalArgumentException(
          "the hash takes m=" + memory + " KiB of memory; at most " + MAX_MEMORY + " is allowed");
    }
    if (passes < 1 || passes > MAX_PASSES || lanes < 1) {
      throw new IllegalArgumentException("the hash takes more than t=" + MAX_PASSES + " passes");
    }
    Base64.Decoder base64 = Base64.getDecoder();
    return new PasswordHash(
        memory, passes, lanes, base64.decode(form.group(4)), base64.decode(form.group(5)));
  }

  /** Of that password, which the caller wipes. */
  static PasswordHash make(byte[] password, SecureRandom random) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    PasswordHash made = new PasswordHash(MEMORY, PASSES, 1, salt, new byte[32]);
    made.compute(password, made.hash);
    return made;
  }

  /** One that no password has and that takes as long as the costliest of these. */
  static PasswordHash nobodys(Collection<PasswordHash> others, SecureRandom random) {
    PasswordHash like =
        others.stream()
            .max(Comparator.comparingInt(each -> each.memory * each.passes))
            .orElse(new PasswordHash(MEMORY, PASSES, 1, new byte[16], new byte[32]));
    byte[] salt = new byte[16];
    byte[] hash = new byte[like.hash.length];
    random.nextBytes(salt);
    random.nextBytes(hash);
    return new PasswordHash(like.memory, like.passes, like.lanes, salt, hash);
  }

  boolean matches(byte[] password) {
    byte[] computed = new byte[hash.length];
    compute(password, computed);
    return MessageDigest.isEqual(hash, computed);
  }

  private void compute(byte[] password, byte[] out) {
    synchronized (ONE_AT_A_TIME) {
      Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
      // Takes all of the memory.
      argon2.init(
          new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
              .withVersion(Argon2Parameters.ARGON2_VERSION_13)
              .withMemoryAsKB(memory)
              .withIterations(passes)
              .withParallelism(lanes)
              .withSalt(salt)
              .build());
      argon2.generateBytes(password, out);
    }
  }

  /** As {@link #parse} reads it. */
  String text() {
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m="
        + memory
        + ",t="
        + passes
        + ",p="
        + lanes
        + "$"
        + base64.encodeToString(salt)
        + "$"
        + base64.encodeToString(hash);
  }

  @Override
  public String toString() {
    return "PasswordHash";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash that
        && memory == that.memory
        && passes == that.passes
        && lanes == that.lanes
        && Arrays.equals(salt, that.salt)
        && MessageDigest.isEqual(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }
}
