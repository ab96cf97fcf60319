package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.NcpNegotiation;
import dev.ovenbird.protocol.message.OccString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client takes from PUSH_REPLY for the protocol itself; the rest is its host's affair.
 *
 * @param renewsWrap renegotiations are protected by a key of the session (digest 2.7)
 * @param peerId for DATA_V2; -1 = DATA_V1
 * @param cipher null = not pushed
 * @param epoch whether data keys follow each other by epoch
 * @param auth digest of a CBC cipher's HMAC; null = not pushed
 * @param framing null = not pushed
 * @param pingNanos 0 = never
 * @param pingRestartNanos 0 = never
 */
record PushedSession(
    List<String> options,
    int peerId,
    @Nullable DataCipher cipher,
    boolean epoch,
    @Nullable DataAuth auth,
    @Nullable CompressionFraming framing,
    boolean keyExport,
    boolean controlExit,
    boolean renewsWrap,
    long pingNanos,
    long pingRestartNanos) {
  private static final int MAX_PEER_ID = 16_777_214;
  private static final int MAX_SECONDS = 86_400;

  static PushedSession parse(List<String> options, List<DataCipher> allowed)
      throws MalformedMessageException {
    int peerId = -1;
    DataCipher cipher = null;
    boolean epoch = false;
    DataAuth auth = null;
    CompressionFraming framing = null;
    boolean keyExport = false;
    boolean controlExit = false;
    boolean renewsWrap = false;
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
        case "auth" -> {
          auth = DataAuth.of(value);
          if (auth == null) {
            throw new MalformedMessageException("digest that this client does not know");
          }
        }
        case "comp-lzo", "compress" -> {
          framing = CompressionFraming.of(option);
          if (framing == null) {
            throw new MalformedMessageException("compression that this client does not know");
          }
        }
        case "key-derivation" -> keyExport = value.equals("tls-ekm");
        case "protocol-flags" -> {
          List<String> flags = List.of(words).subList(1, words.length);
          keyExport |= flags.contains("tls-ekm");
          epoch |= flags.contains("aead-epoch");
          controlExit |= flags.contains("cc-exit");
          renewsWrap |= flags.contains("dyn-tls-crypt");
        }
        default -> {
          // Addresses, routes, DNS: read by the host.
        }
      }
    }
    if (epoch && peerId < 0) {
      throw new MalformedMessageException("epoch keys without a peer id");
    }
    return new PushedSession(
        List.copyOf(options),
        peerId,
        cipher,
        epoch,
        auth,
        framing,
        keyExport,
        controlExit,
        renewsWrap,
        ping,
        pingRestart);
  }

  /**
   * The format of the data packets. What was not pushed is as the server's options string has it,
   * else as this client's own settings do.
   *
   * @param occOptions the server's OCC string
   */
  DataFormat format(String occOptions, ClientConfig config) throws MalformedMessageException {
    DataCipher chosen = cipher;
    if (chosen == null) {
      String named = OccString.cipherOf(occOptions);
      DataCipher fallback = named == null ? null : DataCipher.of(named);
      boolean usable = fallback != null && config.dataCiphers().contains(fallback);
      chosen = usable && fallback != null ? fallback : config.dataCiphers().getFirst();
    }
    if (epoch && !chosen.isAead()) {
      throw new MalformedMessageException("epoch keys with a cipher that has none");
    }
    DataAuth digest = auth != null ? auth : NcpNegotiation.auth(occOptions);
    if (digest == null && !chosen.isAead()) {
      throw new MalformedMessageException("digest that this client does not know");
    }
    return new DataFormat(
        chosen,
        epoch,
        digest == null ? DataAuth.DEFAULT : digest,
        framing == null ? config.features().framing() : framing);
  }

  /** The same with other options of those that a host reads. */
  PushedSession withOptions(List<String> changed) {
    return new PushedSession(
        changed,
        peerId,
        cipher,
        epoch,
        auth,
        framing,
        keyExport,
        controlExit,
        renewsWrap,
        pingNanos,
        pingRestartNanos);
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
