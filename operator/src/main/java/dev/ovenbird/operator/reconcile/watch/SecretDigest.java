package dev.ovenbird.operator.reconcile.watch;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Ten thousand profiles would fill the heap: of a Secret's data the caches keep a digest. */
public final class SecretDigest {
  private static final String KEY = "sha256";

  private SecretDigest() {}

  /**
   * SHA-256 over a Secret's data.
   *
   * @param data as in Secret.data: base64 by key
   */
  public static String of(Map<String, String> data) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      new TreeMap<>(data)
          .forEach(
              (key, value) ->
                  sha256.update((key + "\0" + value + "\0").getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(sha256.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }

  /** The digest of a Secret that a cache gave. */
  public static String of(Secret reduced) {
    String digest = reduced.getData() == null ? null : reduced.getData().get(KEY);
    return digest == null ? "" : digest;
  }

  static Secret reduce(Secret secret) {
    secret.setData(Map.of(KEY, of(secret.getData() == null ? Map.of() : secret.getData())));
    return secret;
  }
}
