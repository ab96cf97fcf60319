package dev.ovenbird.operator.issue;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A certificate and its key. */
public record Credentials(X509Certificate certificate, PrivateKey privateKey) {

  /** As rosters have it: lower-case hex without leading zeros. */
  public String serial() {
    return serial(certificate.getSerialNumber());
  }

  static String serial(BigInteger number) {
    return number.toString(16);
  }

  @Override
  public String toString() {
    return "Credentials " + serial();
  }
}
