package dev.ovenbird.operator.issue;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A cluster's certificate authority in all generations that are accepted, and its server keys.
 *
 * @param generation of the newest authority, which signs
 * @param authority the newest
 * @param trusted certificates of all accepted generations, newest first, each self-signed: what
 *     profiles carry as {@code <ca>} and servers accept clients by
 * @param crossCertificates newer generations signed by older ones: servers send them after their
 *     own certificate, so that profiles that only know an older generation accept it
 * @param serverKeys tls-crypt-v2 server keys, newest first: all unwrap, and the newest that every
 *     instance holds wraps
 * @param staticKeys keys that legacy profiles share, as OpenVPN writes them, newest first: the
 *     first is in profiles, all are accepted; empty if there never were legacy profiles
 * @param tokenKeys keys of auth-tokens as PEM, newest first: the first signs, all are accepted;
 *     empty if passwords never were asked for
 */
public record IssuedCluster(
    int generation,
    CertificateAuthority authority,
    List<X509Certificate> trusted,
    List<X509Certificate> crossCertificates,
    List<ServerKey> serverKeys,
    List<String> staticKeys,
    List<String> tokenKeys) {
  public IssuedCluster {
    trusted = List.copyOf(trusted);
    crossCertificates = List.copyOf(crossCertificates);
    serverKeys = List.copyOf(serverKeys);
    staticKeys = List.copyOf(staticKeys);
    tokenKeys = List.copyOf(tokenKeys);
  }

  /** Without legacy profiles and passwords. */
  public IssuedCluster(
      int generation,
      CertificateAuthority authority,
      List<X509Certificate> trusted,
      List<X509Certificate> crossCertificates,
      List<ServerKey> serverKeys) {
    this(generation, authority, trusted, crossCertificates, serverKeys, List.of(), List.of());
  }

  @Override
  public String toString() {
    return "IssuedCluster generation " + generation;
  }
}
