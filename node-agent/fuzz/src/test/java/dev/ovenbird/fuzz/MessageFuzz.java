package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.NcpNegotiation;
import dev.ovenbird.protocol.message.OccString;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.message.PushReplyAssembler;
import dev.ovenbird.protocol.message.PushUpdate;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.message.TextMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is said inside TLS: key method 2 with its strings, peer info, text messages, options. */
public final class MessageFuzz {
  private static final List<DataCipher> CIPHERS = List.of(DataCipher.values());

  private MessageFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (TextMessage message : TextMessage.parse(data)) {
      printable(message.text());
      Check.that(message.toString() != null, "no text");
      boolean pushed =
          message instanceof TextMessage.PushReply || message instanceof TextMessage.Update;
      if (!pushed || message.text().length() < 1024) {
        Check.that(message.encode().length <= TextMessage.MAX_BYTES, "a message grew");
      }
      if (message instanceof TextMessage.AuthFailed failed) {
        Check.that(failed.flags().isEmpty() || failed.isTemporary(), "flags without TEMP");
      }
      if (message instanceof TextMessage.PushReply reply) {
        assemble(reply);
      }
      if (message instanceof TextMessage.Update update) {
        apply(update);
      }
    }
    try {
      ClientKeyMethod2 said = ClientKeyMethod2.parse(data);
      Check.that(said.username().chars().noneMatch(Character::isISOControl), "control character");
      peerInfo(said.peerInfo());
      NcpNegotiation.choose(CIPHERS, PeerInfo.parse(said.peerInfo()), said.options(), true);
    } catch (MalformedMessageException refused) {
      // Most are.
    }
    try {
      ServerKeyMethod2.parse(data);
    } catch (MalformedMessageException refused) {
      // Most are.
    }
    String text = new String(data, StandardCharsets.UTF_8);
    peerInfo(text);
    OccString.cipherOf(text);
    NcpNegotiation.choose(CIPHERS, PeerInfo.parse(text), text, false);
  }

  private static void apply(TextMessage.Update update) {
    try {
      PushUpdate.apply(List.of("route 10.0.0.0", "dns a", "ping 8"), update.options());
    } catch (MalformedMessageException refused) {
      // Nonsense.
    }
  }

  private static void assemble(TextMessage.PushReply reply) {
    PushReplyAssembler assembler = new PushReplyAssembler(1000);
    try {
      for (int i = 0; i < 3; i++) {
        assembler.add(reply.options());
      }
    } catch (MalformedMessageException tooLong) {
      // The limit.
    }
  }

  private static void peerInfo(String text) {
    PeerInfo info = PeerInfo.parse(text);
    Check.that(info.values().size() <= 64, "too many variables");
    info.values()
        .forEach(
            (name, value) -> {
              printable(name + value);
              Check.that(name.length() + value.length() < 256, "a long variable");
            });
    Check.that(info.mtu() >= 0 && info.ncp() >= 0 && info.ivProto() >= 0, "a negative number");
  }

  private static void printable(String text) {
    Check.that(text.chars().allMatch(c -> c >= ' ' && c < 0x7f), "a character that is none");
  }
}
