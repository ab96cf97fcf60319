package dev.ovenbird.server.dns;

import java.security.SecureRandom;

/** Ids that nobody can guess, 16 bits each. */
final class DnsIds {
  private final SecureRandom random = new SecureRandom();

  int next() {
    return random.nextInt(1 << 16);
  }
}
