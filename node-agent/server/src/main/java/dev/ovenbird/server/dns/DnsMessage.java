package dev.ovenbird.server.dns;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a forwarder looks at in a DNS message (RFC 1035 4.1, RFC 6891 6.1): the header, the one
 * question and the size that EDNS announces. Names are compared, never decoded.
 */
final class DnsMessage {
  static final int HEADER_BYTES = 12;

  /** What a client without EDNS takes by UDP. */
  static final int PLAIN_UDP_BYTES = 512;

  /** What passes without IP fragments on every path: DNS Flag Day 2020. */
  static final int EDNS_UDP_BYTES = 1232;

  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;

  private static final int MAX_NAME = 255;
  private static final int TYPE_OPT = 41;
  private static final int TYPE_IXFR = 251;
  private static final int TYPE_AXFR = 252;

  private DnsMessage() {}

  /**
   * A query that can be forwarded.
   *
   * @param bytes with an EDNS size of at most {@link #EDNS_UDP_BYTES}
   * @param questionEnd where the question ends
   * @param udpBytes the longest answer that the client takes by UDP
   */
  record Query(byte[] bytes, int questionEnd, int udpBytes) {
    int id() {
      return u16(bytes, 0);
    }

    /** The query under another id. */
    byte[] withId(int id) {
      byte[] copy = bytes.clone();
      put16(copy, 0, id);
      return copy;
    }

    /** An answer without records; the question is in it. */
    byte[] failure(int code) {
      return emptyAnswer(bytes, questionEnd, code);
    }

    /** Whether a message answers this query as it was sent under an id. */
    boolean isAnsweredBy(byte[] message, int id) {
      return message.length >= questionEnd
          && u16(message, 0) == id
          && (message[2] & 0x80) != 0
          && u16(message, 4) == 1
          && sameQuestion(message);
    }

    private boolean sameQuestion(byte[] message) {
      for (int i = HEADER_BYTES; i < questionEnd; i++) {
        if (lower(message[i]) != lower(bytes[i])) {
          return false;
        }
      }
      return true;
    }

    /** An answer as the client gets it: under its own id, and cut if it is too long for UDP. */
    byte[] answer(byte[] message, boolean tcp) {
      byte[] answer;
      if (tcp || message.length <= udpBytes) {
        answer = message.clone();
      } else {
        answer = emptyAnswer(message, questionEnd, code(message));
        answer[2] |= 0x02;
      }
      put16(answer, 0, id());
      return answer;
    }
  }

  /**
   * Reads a client's message.
   *
   * @return null if it is nothing to answer to or to forward; see {@link #refusal}
   */
  static @Nullable Query query(byte[] message) {
    if (refusal(message) != null || message.length < HEADER_BYTES || isResponse(message)) {
      return null;
    }
    int end = questionEnd(message);
    int edns = ednsSize(message, end);
    if (edns < 0) {
      return new Query(message, end, PLAIN_UDP_BYTES);
    }
    byte[] bytes = message.clone();
    int size = u16(bytes, edns);
    if (size > EDNS_UDP_BYTES) {
      put16(bytes, edns, EDNS_UDP_BYTES);
    }
    return new Query(bytes, end, Math.clamp(size, PLAIN_UDP_BYTES, EDNS_UDP_BYTES));
  }

  /** What a message is answered with that is not forwarded; null if it is, or deserves nothing. */
  static byte @Nullable [] refusal(byte[] message) {
    if (message.length < HEADER_BYTES || isResponse(message)) {
      return null;
    }
    if ((message[2] & 0x78) != 0) {
      return emptyAnswer(message, HEADER_BYTES, NOT_IMPLEMENTED);
    }
    int end = questionEnd(message);
    if (end < 0) {
      return emptyAnswer(message, HEADER_BYTES, FORMAT_ERROR);
    }
    int type = u16(message, end - 4);
    return type == TYPE_AXFR || type == TYPE_IXFR ? emptyAnswer(message, end, REFUSED) : null;
  }

  static boolean isResponse(byte[] message) {
    return (message[2] & 0x80) != 0;
  }

  /** The response code. */
  static int code(byte[] message) {
    return message[3] & 0x0f;
  }

  /** Where the one question ends; -1 if there is not exactly one whole question and no answer. */
  private static int questionEnd(byte[] message) {
    if (u16(message, 4) != 1 || u16(message, 6) != 0 || u16(message, 8) != 0) {
      return -1;
    }
    int at = HEADER_BYTES;
    while (at < message.length && message[at] != 0) {
      // A question has nothing before it that its name could point to.
      if ((message[at] & 0xc0) != 0) {
        return -1;
      }
      at += 1 + message[at];
    }
    int end = at + 5;
    return at - HEADER_BYTES < MAX_NAME && end <= message.length ? end : -1;
  }

  /** Where the size lies that an OPT record announces; -1 without one. */
  private static int ednsSize(byte[] message, int questionEnd) {
    int at = questionEnd;
    for (int left = u16(message, 10); left > 0; left--) {
      while (at < message.length && message[at] != 0 && (message[at] & 0xc0) == 0) {
        at += 1 + message[at];
      }
      if (at >= message.length) {
        return -1;
      }
      at += message[at] == 0 ? 1 : 2;
      if (at + 10 > message.length) {
        return -1;
      }
      if (u16(message, at) == TYPE_OPT) {
        return at + 2;
      }
      at += 10 + u16(message, at + 8);
    }
    return -1;
  }

  private static byte[] emptyAnswer(byte[] message, int end, int code) {
    byte[] answer = Arrays.copyOf(message, end);
    // Response; opcode and "recursion desired" as asked; recursion is there.
    answer[2] = (byte) (0x80 | (message[2] & 0x79));
    answer[3] = (byte) (0x80 | code);
    Arrays.fill(answer, 4, HEADER_BYTES, (byte) 0);
    if (end > HEADER_BYTES) {
      answer[5] = 1;
    }
    return answer;
  }

  private static byte lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? (byte) (letter + ('a' - 'A')) : letter;
  }

  static int u16(byte[] bytes, int at) {
    return (bytes[at] & 255) << 8 | (bytes[at + 1] & 255);
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }
}
