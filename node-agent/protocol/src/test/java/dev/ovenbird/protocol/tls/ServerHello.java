package dev.ovenbird.protocol.tls;

import java.nio.ByteBuffer;

/**
 * What a server has chosen, read from its first flight.
 *
 * @param version of supported_versions, else the one in the message
 * @param group of key_share; -1 without one (TLS 1.2)
 * @param retry whether it is a HelloRetryRequest
 */
record ServerHello(int version, int group, boolean retry) {
  /** RFC 8446, 4.1.3: the first bytes of the random of a HelloRetryRequest. */
  private static final int RETRY = 0xcf21ad74;

  private static final int KEY_SHARE = 51;
  private static final int SUPPORTED_VERSIONS = 43;

  static ServerHello in(byte[] flight) {
    ByteBuffer at = ByteBuffer.wrap(flight);
    if (at.get() != 22 || at.position(5).get() != 2) {
      throw new AssertionError("no ServerHello");
    }
    at.position(9);
    int version = at.getShort();
    boolean retry = at.getInt() == RETRY;
    at.position(at.position() + 28);
    at.position(at.get() + at.position() + 3);
    int end = at.getShort() + at.position();
    int group = -1;
    while (at.position() < end) {
      int type = at.getShort();
      int next = at.getShort() + at.position();
      switch (type) {
        case KEY_SHARE -> group = at.getShort() & 0xFFFF;
        case SUPPORTED_VERSIONS -> version = at.getShort();
        default -> {}
      }
      at.position(next);
    }
    return new ServerHello(version, group, retry);
  }
}
