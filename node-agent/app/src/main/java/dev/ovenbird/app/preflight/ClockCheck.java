package dev.ovenbird.app.preflight;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether the clock can be right: certificates are judged by it. */
final class ClockCheck {
  private static final Findings FINDINGS = new Findings("ClockSane");

  /** No release of this is older. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private static final String REMEDY =
      ": set the clock of the node, and let it follow a time server ('timedatectl set-ntp true')";

  private final Instant now;

  ClockCheck(Instant now) {
    this.now = now;
  }

  /**
   * @param certificate PEM of the instance's own certificate; null if there is none
   */
  Finding run(@Nullable Path certificate) {
    if (now.isBefore(EARLIEST)) {
      return FINDINGS.bad("ClockBehind", "the clock says " + now + REMEDY);
    }
    if (certificate == null || !Files.isReadable(certificate)) {
      return FINDINGS.good("the clock says " + now);
    }
    try (InputStream in = Files.newInputStream(certificate)) {
      X509Certificate own =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      if (now.isBefore(own.getNotBefore().toInstant())) {
        return FINDINGS.bad(
            "ClockBehind",
            "the clock says "
                + now
                + ", before the instance's certificate was made ("
                + own.getNotBefore().toInstant()
                + ")"
                + REMEDY);
      }
      if (now.isAfter(own.getNotAfter().toInstant())) {
        return FINDINGS.bad(
            "CertificateEnded",
            "the clock says "
                + now
                + ", and the instance's certificate ended "
                + own.getNotAfter().toInstant()
                + ": if the clock is right, see why it was not renewed (CertificateSigningRequests"
                + " in a cluster, 'ovenbird up' on one machine)");
      }
      return FINDINGS.good("the clock says " + now);
    } catch (IOException | CertificateException e) {
      return FINDINGS.unknown("NotReadable", certificate + ": " + e.getMessage());
    }
  }
}
