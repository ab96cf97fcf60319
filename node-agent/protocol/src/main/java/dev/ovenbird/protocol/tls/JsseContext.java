package dev.ovenbird.protocol.tls;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK's engines of one side are made from, each in an {@link SSLContext} of its own. The
 * JDK resumes sessions by session id and by ticket, and then asks no trust manager: somebody who
 * was taken off the roster could come back. Its cache and its ticket keys belong to the context,
 * and what else would stop it are system properties, which are the host's.
 *
 * @param expectedServerName subject CN that the peer must have; null = any
 */
record JsseContext(
    boolean client,
    SecureRandom random,
    JsseIdentity identity,
    PeerVerifier verifier,
    @Nullable String expectedServerName,
    TlsVersion minimum,
    TlsVersion maximum) {

  SSLEngine engine(RecordTlsEngine owner) {
    SSLContext context;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {identity},
          new TrustManager[] {new JsseTrust(verifier, expectedServerName, owner)},
          random);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot make a TLS engine", e);
    }
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(client);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(TlsVersion.jdkNames(minimum, maximum));
    parameters.setCipherSuites(CipherSuites.jdkNames());
    parameters.setNamedGroups(CipherSuites.jdkGroups());
    parameters.setSignatureSchemes(SignatureSchemes.jdkNames());
    parameters.setUseCipherSuitesOrder(true);
    if (!client) {
      parameters.setNeedClientAuth(true);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }
}
