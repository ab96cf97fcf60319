package dev.ovenbird.operator.reconcile.written;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The certificates of a client that are accepted, newest first, two at most. As text {@code
 * SERIAL.AUTHORITY SERIAL.AUTHORITY}.
 */
public record AcceptedSerials(List<Entry> entries) {
  public static final AcceptedSerials NONE = new AcceptedSerials(List.of());

  private static final int MAX = 2;

  /**
   * One certificate.
   *
   * @param serial lower-case hex without leading zeros
   * @param authority {@link #authority} of who signed it
   */
  public record Entry(String serial, String authority) {}

  public AcceptedSerials {
    entries = entries.stream().limit(MAX).toList();
  }

  static AcceptedSerials parse(String text) {
    List<Entry> entries = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      if (word.matches("[0-9a-f]{1,40}[.][0-9a-f]{8}")) {
        int dot = word.indexOf('.');
        entries.add(new Entry(word.substring(0, dot), word.substring(dot + 1)));
      }
    }
    return new AcceptedSerials(entries);
  }

  String text() {
    return entries.stream()
        .map(entry -> entry.serial() + "." + entry.authority())
        .collect(Collectors.joining(" "));
  }

  /** With a newer certificate, and those before it whose authority is still trusted. */
  public AcceptedSerials with(Entry newest, Collection<String> trusted) {
    return new AcceptedSerials(
        Stream.concat(
                Stream.of(newest),
                entries.stream()
                    .filter(entry -> trusted.contains(entry.authority()))
                    .filter(entry -> !entry.serial().equals(newest.serial())))
            .toList());
  }

  /** Serials whose authority is trusted. */
  public List<String> of(Collection<String> trusted) {
    return entries.stream()
        .filter(entry -> trusted.contains(entry.authority()))
        .map(Entry::serial)
        .toList();
  }

  /** Eight hex digits that tell one authority's certificate from another's. */
  public static String authority(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().toHexDigits(ByteBuffer.wrap(digest).getInt());
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException("cannot digest a certificate", e);
    }
  }
}
