package dev.ovenbird.operator.local;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Credentials;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.resolve.GoDuration;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys and certificates in files; what is there is used, what is missing is made. */
final class PkiFolder {
  private static final String SERVER_KEYS = "tls-crypt-v2-server.pem";

  private final Path folder;
  private final String clusterUid;
  private final SecureRandom random;
  private final Clock clock;
  private final CertificateAuthority authority;
  private final TlsCryptV2ServerKey newestServerKey;
  private final @Nullable String staticKeyPem;

  private PkiFolder(
      Path folder,
      String clusterUid,
      SecureRandom random,
      Clock clock,
      CertificateAuthority authority,
      TlsCryptV2ServerKey newestServerKey,
      @Nullable String staticKeyPem) {
    this.folder = folder;
    this.clusterUid = clusterUid;
    this.random = random;
    this.clock = clock;
    this.authority = authority;
    this.newestServerKey = newestServerKey;
    this.staticKeyPem = staticKeyPem;
  }

  /** A client's secrets as PEM; they are one file, so that they always go together. */
  record ClientSecrets(String certificate, String key, String tlsCryptV2, String serial) {
    @Override
    public String toString() {
      return "ClientSecrets " + serial;
    }
  }

  /**
   * @param legacy whether there is to be a key that legacy profiles share
   * @param tokens whether there is to be a key of auth-tokens
   */
  static PkiFolder open(
      Path folder,
      String clusterUid,
      Pki pki,
      boolean legacy,
      boolean tokens,
      SecureRandom random,
      Clock clock)
      throws LocalException {
    TlsCryptV2ServerKey serverKey = serverKey(folder, random);
    if (tokens) {
      makeTokenKey(folder, random);
    }
    return new PkiFolder(
        folder,
        clusterUid,
        random,
        clock,
        authority(folder, clusterUid, pki, random, clock),
        serverKey,
        legacy ? staticKey(folder, random) : null);
  }

  /** The newest key that legacy profiles share; null if there are none. */
  @Nullable String staticKeyPem() {
    return staticKeyPem;
  }

  String caPem() {
    return Pem.of(authority.certificate());
  }

  private static CertificateAuthority authority(
      Path folder, String clusterUid, Pki pki, SecureRandom random, Clock clock)
      throws LocalException {
    Path certificate = folder.resolve("ca.crt");
    Path key = folder.resolve("ca.key");
    if (!Files.exists(certificate)) {
      CertificateAuthority made =
          CertificateAuthority.generate(clusterUid, pki.privateKey(), random, clock.instant());
      AtomicFile.write(key, Pem.of(made.privateKey()));
      // Last: only with it the authority exists.
      AtomicFile.write(certificate, Pem.of(made.certificate()));
      return made;
    }
    try {
      return CertificateAuthority.load(
          clusterUid, AtomicFile.read(certificate), AtomicFile.read(key), random);
    } catch (GeneralSecurityException e) {
      throw damaged(folder.resolve("ca.crt"), e);
    }
  }

  private static TlsCryptV2ServerKey serverKey(Path folder, SecureRandom random)
      throws LocalException {
    Path file = folder.resolve(SERVER_KEYS);
    if (!Files.exists(file)) {
      TlsCryptV2ServerKey key = TlsCryptV2ServerKey.random(random);
      AtomicFile.write(file, key.toPem());
      return key;
    }
    try {
      return TlsCryptV2ServerKey.parseAll(AtomicFile.read(file)).getFirst();
    } catch (KeyFormatException e) {
      throw damaged(file, e);
    }
  }

  /** Behind the server keys: instances read them from one file. */
  private static String staticKey(Path folder, SecureRandom random) throws LocalException {
    Path file = folder.resolve(SERVER_KEYS);
    String text = AtomicFile.read(file);
    try {
      List<StaticKey> keys = StaticKey.parseAll(text);
      if (!keys.isEmpty()) {
        return keys.getFirst().toPem();
      }
    } catch (KeyFormatException e) {
      throw damaged(file, e);
    }
    String made = StaticKey.random(random).toPem();
    AtomicFile.write(file, text.strip() + "\n" + made);
    return made;
  }

  /** Behind the others, too. */
  private static void makeTokenKey(Path folder, SecureRandom random) throws LocalException {
    Path file = folder.resolve(SERVER_KEYS);
    String text = AtomicFile.read(file);
    try {
      if (AuthTokenKey.parseAll(text).isEmpty()) {
        AtomicFile.write(file, text.strip() + "\n" + AuthTokenKey.random(random).toPem());
      }
    } catch (KeyFormatException e) {
      throw damaged(file, e);
    }
  }

  /** The client's secrets, the same for as long as it has its identity. */
  ClientSecrets client(String name, String uid, Pki pki) throws LocalException {
    Path file = clientFile(uid);
    if (!Files.exists(file)) {
      Credentials issued =
          authority.issueClient(
              name, uid, pki.privateKey(), GoDuration.parse(pki.clientValidity()), clock.instant());
      AtomicFile.write(
          file,
          Pem.of(issued.certificate())
              + Pem.of(issued.privateKey())
              + ClientKeys.issue(newestServerKey, clusterUid, uid, random).toPem());
    }
    String text = AtomicFile.read(file);
    try {
      String certificate = block(text, "CERTIFICATE");
      X509Certificate parsed = Pem.certificate(certificate);
      return new ClientSecrets(
          certificate,
          block(text, "PRIVATE KEY"),
          block(text, "OpenVPN tls-crypt-v2 client key"),
          parsed.getSerialNumber().toString(16));
    } catch (GeneralSecurityException e) {
      throw damaged(file, e);
    }
  }

  /** Deletes the secrets of clients that are gone. */
  void retain(Set<String> uids) throws LocalException {
    for (String uid : StateFolder.names(folder.resolve("clients"), ".pem")) {
      if (!uids.contains(uid)) {
        try {
          Files.deleteIfExists(clientFile(uid));
        } catch (IOException e) {
          throw LocalException.of(clientFile(uid), e);
        }
      }
    }
  }

  /** Sees to an instance's certificate; whether it is a new one. */
  boolean instance(InstanceId instance, Pki pki, Path certificate, Path key) throws LocalException {
    if (Files.exists(certificate) && Files.exists(key) && isGood(certificate, key)) {
      return false;
    }
    Credentials issued = authority.issueInstance(instance, pki.privateKey(), clock.instant());
    AtomicFile.write(key, Pem.of(issued.privateKey()));
    AtomicFile.write(certificate, Pem.of(issued.certificate()));
    return true;
  }

  private boolean isGood(Path certificate, Path key) throws LocalException {
    try {
      X509Certificate present = Pem.certificate(AtomicFile.read(certificate));
      present.verify(authority.certificate().getPublicKey());
      // A crash between the writes of key and certificate leaves two that don't go together.
      return !CertificateAuthority.isDueForRenewal(present, clock.instant())
          && Pem.matches(Pem.privateKey(AtomicFile.read(key), present), present);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private Path clientFile(String uid) {
    return folder.resolve("clients").resolve(uid + ".pem");
  }

  private static String block(String text, String label) throws GeneralSecurityException {
    String end = "-----END " + label + "-----\n";
    int from = text.indexOf("-----BEGIN " + label + "-----");
    int to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new GeneralSecurityException("no " + label);
    }
    return text.substring(from, to + end.length());
  }

  private static LocalException damaged(Path file, Exception cause) {
    return new LocalException(
        file + ": is damaged; restore it from a backup, or use another --dir", cause);
  }
}
