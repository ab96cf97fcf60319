package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bouncycastle.asn1.x509.Certificate;

/**
 * What an instance proves itself by and whom it believes, from its files.
 *
 * @param clientCasDer the CAs whose clients are accepted
 * @param wrapKeys the newest first
 * @param staticKeys of legacy profiles, the newest first; may be empty
 * @param tokenKeys of auth-tokens, the first signs; may be empty
 * @param notAfterSeconds end of the instance's certificate, Unix seconds
 */
public record Credentials(
    TlsIdentity identity,
    List<byte[]> clientCasDer,
    List<TlsCryptV2ServerKey> wrapKeys,
    List<StaticKey> staticKeys,
    List<AuthTokenKey> tokenKeys,
    long notAfterSeconds) {

  /** Reads all of them; whether key and certificate fit is for the TLS engine to say. */
  public static Credentials read(InstanceConfig.Files files) throws ConfigException {
    List<byte[]> chain = blocks(files.certificateChain(), "CERTIFICATE");
    Path keyFile = Path.of(files.privateKey());
    List<byte[]> keys = blocks(files.privateKey(), "PRIVATE KEY");
    if (keys.size() != 1) {
      throw new ConfigException(keyFile + ": must hold exactly one PRIVATE KEY");
    }
    return new Credentials(
        new TlsIdentity(chain, keys.getFirst()),
        blocks(files.clientCas(), "CERTIFICATE"),
        keys(Path.of(files.tlsCryptV2ServerKeys()), TlsCryptV2ServerKey::parseAll),
        keys(Path.of(files.tlsCryptV2ServerKeys()), StaticKey::parseAll),
        keys(Path.of(files.tlsCryptV2ServerKeys()), AuthTokenKey::parseAll),
        notAfter(Path.of(files.certificateChain()), chain.getFirst()));
  }

  private static List<byte[]> blocks(String name, String label) throws ConfigException {
    Path file = Path.of(name);
    byte[] bytes = StrictJson.bytes(file);
    List<byte[]> blocks;
    try {
      blocks = Pem.blocks(label, new String(bytes, StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
    if (blocks.isEmpty()) {
      throw new ConfigException(file + ": holds no '-----BEGIN " + label + "-----'");
    }
    return blocks;
  }

  private static <K> List<K> keys(Path file, Function<String, List<K>> parse)
      throws ConfigException {
    byte[] bytes = StrictJson.bytes(file);
    try {
      return parse.apply(new String(bytes, StandardCharsets.US_ASCII));
    } catch (RuntimeException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static long notAfter(Path file, byte[] der) throws ConfigException {
    try {
      return Certificate.getInstance(der).getEndDate().getDate().getTime() / 1000;
    } catch (RuntimeException e) {
      throw new ConfigException(file + ": the first CERTIFICATE cannot be read", e);
    }
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "Credentials[" + wrapKeys.size() + " wrap keys, not after " + notAfterSeconds + "]";
  }
}
