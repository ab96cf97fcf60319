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
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.Certificate;

/**
 * What an instance proves itself by and whom it believes, from its files.
 *
 * @param clientCasDer the CAs whose clients are accepted
 * @param wrapKeys the newest first
 * @param wrapKeyGenerations theirs
 * @param staticKeys of legacy profiles, the newest first; may be empty
 * @param tokenKeys of auth-tokens, the first signs; may be empty
 * @param notAfterSeconds end of the instance's certificate, Unix seconds
 */
public record Credentials(
    TlsIdentity identity,
    List<byte[]> clientCasDer,
    List<TlsCryptV2ServerKey> wrapKeys,
    List<Integer> wrapKeyGenerations,
    List<StaticKey> staticKeys,
    List<AuthTokenKey> tokenKeys,
    long notAfterSeconds) {
  private static final Pattern GENERATIONS =
      Pattern.compile("(?m)^" + InstanceConfig.Files.GENERATION + "([1-9]\\d{0,5})$");

  /** Reads all of them; whether key and certificate fit is for the TLS engine to say. */
  public static Credentials read(InstanceConfig.Files files) throws ConfigException {
    List<byte[]> chain = blocks(files.certificateChain(), "CERTIFICATE");
    Path keyFile = Path.of(files.privateKey());
    List<byte[]> keys = blocks(files.privateKey(), "PRIVATE KEY");
    if (keys.size() != 1) {
      throw new ConfigException(keyFile + ": must hold exactly one PRIVATE KEY");
    }
    WrapKeys wrapKeys = wrapKeys(Path.of(files.tlsCryptV2ServerKeys()));
    return new Credentials(
        new TlsIdentity(chain, keys.getFirst()),
        blocks(files.clientCas(), "CERTIFICATE"),
        wrapKeys.serverKeys(),
        wrapKeys.generations(),
        wrapKeys.staticKeys(),
        wrapKeys.tokenKeys(),
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

  /** 1 if it says nothing of them: an operator of before wrote it. */
  private static List<Integer> generations(String text) {
    List<Integer> said =
        GENERATIONS.matcher(text).results().map(one -> Integer.valueOf(one.group(1))).toList();
    return said.isEmpty() ? List.of(1) : said;
  }

  private record WrapKeys(
      List<TlsCryptV2ServerKey> serverKeys,
      List<Integer> generations,
      List<StaticKey> staticKeys,
      List<AuthTokenKey> tokenKeys) {}

  /** Of one reading: generations of keys that are not those beside them would be a lie. */
  private static WrapKeys wrapKeys(Path file) throws ConfigException {
    byte[] bytes = StrictJson.bytes(file);
    try {
      String text = new String(bytes, StandardCharsets.US_ASCII);
      return new WrapKeys(
          TlsCryptV2ServerKey.parseAll(text),
          generations(text),
          StaticKey.parseAll(text),
          AuthTokenKey.parseAll(text));
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
