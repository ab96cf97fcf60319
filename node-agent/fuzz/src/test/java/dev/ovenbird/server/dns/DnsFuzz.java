package dev.ovenbird.server.dns;

import java.util.Arrays;

/** DNS messages of clients and of name servers; here, because the forwarder's parser is. */
public final class DnsFuzz {
  private DnsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    byte[] before = data.clone();
    DnsMessage.Query query = DnsMessage.query(data);
    byte[] refusal = DnsMessage.refusal(data);
    if (refusal != null && (query != null || refusal.length > data.length)) {
      throw new AssertionError("forwarded and refused, or an answer longer than its question");
    }
    if (query != null) {
      byte[] failure = query.failure(DnsMessage.SERVER_FAILURE);
      if (failure.length > data.length || query.udpBytes() > DnsMessage.EDNS_UDP_BYTES) {
        throw new AssertionError("an answer longer than its question");
      }
      if (query.isAnsweredBy(data, query.id())) {
        throw new AssertionError("a question answers itself");
      }
      byte[] answer = query.withId(7);
      answer[2] |= (byte) 0x80;
      if (!query.isAnsweredBy(answer, 7)
          || query.answer(answer, false).length > Math.max(query.udpBytes(), answer.length)) {
        throw new AssertionError("its answer is none");
      }
    }
    if (!Arrays.equals(before, data)) {
      throw new AssertionError("the message was changed");
    }
  }
}
