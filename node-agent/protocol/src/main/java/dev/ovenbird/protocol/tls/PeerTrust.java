package dev.ovenbird.protocol.tls;

import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which certificates of the other side are believed. */
public sealed interface PeerTrust {
  /**
   * Those that lead to one of these CAs, for the right side of TLS: OpenVPN's {@code ca}.
   *
   * @param anchorsDer CA certificates
   */
  record Authorities(List<byte[]> anchorsDer) implements PeerTrust {
    public Authorities {
      anchorsDer = List.copyOf(anchorsDer);
    }
  }

  /**
   * These very certificates, whoever signed them, within their dates: OpenVPN's {@code
   * peer-fingerprint}. A certificate signed by itself will do, and needs no extension.
   *
   * @param sha256 of the certificates' DER, lower-case hex; at least one
   */
  record Fingerprints(Set<String> sha256) implements PeerTrust {
    private static final int HEX_DIGITS = 64;

    public Fingerprints {
      sha256 = Set.copyOf(sha256);
      if (sha256.isEmpty()) {
        throw new IllegalArgumentException("without a fingerprint nobody is believed");
      }
      for (String each : sha256) {
        if (each.length() != HEX_DIGITS
            || !each.chars().allMatch(c -> HexFormat.isHexDigit(c) && !Character.isUpperCase(c))) {
          throw new IllegalArgumentException(
              "'" + each + "' is no SHA-256 fingerprint: 32 bytes in hex, such as AB:01:…");
        }
      }
    }
  }

  static PeerTrust authorities(List<byte[]> anchorsDer) {
    return new Authorities(anchorsDer);
  }

  /**
   * From text as {@code openssl x509 -fingerprint -sha256} and OpenVPN's {@code peer-fingerprint}
   * write it, {@code AB:01:…}; colons and case do not matter.
   *
   * @throws IllegalArgumentException naming what is no fingerprint
   */
  static PeerTrust fingerprints(Collection<String> texts) {
    return new Fingerprints(
        texts.stream()
            .map(text -> text.replace(":", "").toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet()));
  }
}
