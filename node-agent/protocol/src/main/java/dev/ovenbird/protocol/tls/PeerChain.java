package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;

/** A peer's Certificate message as plain DER. */
final class PeerChain {
  private PeerChain() {}

  /** Also checks that the chain is signed by algorithms that we offered. */
  static List<byte[]> of(TlsContext context, Certificate certificate) throws IOException {
    TlsUtils.checkPeerSigAlgs(context, certificate.getCertificateList());
    List<byte[]> chain = new ArrayList<>();
    for (TlsCertificate each : certificate.getCertificateList()) {
      chain.add(each.getEncoded());
    }
    return chain;
  }
}
