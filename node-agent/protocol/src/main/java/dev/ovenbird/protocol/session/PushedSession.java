package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.message.MalformedMessageException;
import java.util.List;

/**
 * What a client takes from PUSH_REPLY for the protocol itself; the rest is its host's affair.
 *
 * @param peerId for DATA_V2; -1 = DATA_V1
 * @param pingNanos 0 = never
 * @param pingRestartNanos 0 = never
 */
record PushedSession(
    List<String> options,
    int peerId,
    DataCipher cipher,
    boolean keyExport,
    boolean controlExit,
    long pingNanos,
    long pingRestartNanos) {
  private static final int MAX_PEER_ID = 16_777_214;
  private static final int MAX_SECONDS = 86_400;

  static PushedSession parse(List<String> options, List<DataCipher> allowed)
      throws MalformedMessageException {
    int peerId = -1;
    DataCipher cipher = allowed.getFirst();
    boolean keyExport = false;
    boolean controlExit = false;
    long ping = 0;
    long pingRestart = 0;
    for (String option : options) {
      String[] words = option.split(" ", -1);
      String value = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case "peer-id" -> peerId = number(option, value, MAX_PEER_ID);
        case "ping" -> ping = number(option, value, MAX_SECONDS) * 1_000_000_000L;
        case "ping-restart" -> pingRestart = number(option, value, MAX_SECONDS) * 1_000_000_000L;
        case "cipher" -> {
          DataCipher pushed = DataCipher.of(value);
          if (pushed == null || !allowed.contains(pushed)) {
            throw new MalformedMessageException("cipher that was not offered");
          }
          cipher = pushed;
        }
        case "key-derivation" -> keyExport = value.equals("tls-ekm");
        case "protocol-flags" -> {
          List<String> flags = List.of(words).subList(1, words.length);
          keyExport |= flags.contains("tls-ekm");
          controlExit |= flags.contains("cc-exit");
        }
        default -> {
          // Addresses, routes, DNS: read by the host.
        }
      }
    }
    return new PushedSession(
        List.copyOf(options), peerId, cipher, keyExport, controlExit, ping, pingRestart);
  }

  private static int number(String option, String value, int max) throws MalformedMessageException {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new MalformedMessageException("option out of range: " + option.split(" ", 2)[0]);
  }
}
