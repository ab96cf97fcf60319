package dev.ovenbird.operator.reconcile.written;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.watch.SecretDigest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a profile Secret's annotations say of it.
 *
 * @param serials accepted certificates, see {@link AcceptedSerials}
 * @param end of the newest certificate, RFC 3339
 * @param inputs digest of all that the profile was made from
 * @param first instance that the profile names first
 * @param keyGeneration of the server key that wraps the profile's tls-crypt-v2 key
 */
public record ProfileMarks(
    AcceptedSerials serials, String end, String inputs, String first, int keyGeneration) {
  public static final String COMPONENT = "profile";

  private static final String SERIALS = "ovenbird.dev/serials";
  private static final String END = "ovenbird.dev/certificate-end";
  private static final String INPUTS = "ovenbird.dev/inputs";
  private static final String FIRST = "ovenbird.dev/first-instance";

  /** Left out if it is 1: so are the Secrets of before there were others. */
  private static final String KEY_GENERATION = "ovenbird.dev/server-key-generation";

  /** Name of a client's profile Secret. */
  public static String secretName(String client) {
    return client + "-profile";
  }

  public static boolean isProfile(Secret secret) {
    return COMPONENT.equals(Marks.label(secret, Marks.COMPONENT));
  }

  /** Whether the Secret was made for this client and not for one of its name. */
  public static boolean isOf(Secret secret, VpnClient client) {
    String uid = client.getMetadata().getUid();
    return secret.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> uid.equals(owner.getUid()));
  }

  /** Empty texts for what is missing. */
  public static ProfileMarks of(HasMetadata secret) {
    return new ProfileMarks(
        AcceptedSerials.parse(annotation(secret, SERIALS)),
        annotation(secret, END),
        annotation(secret, INPUTS),
        annotation(secret, FIRST),
        keyGeneration(secret));
  }

  /** Annotations for a Secret with these data (base64 by key). */
  public Map<String, String> annotations(Map<String, String> data) {
    Map<String, String> annotations = new TreeMap<>();
    annotations.put(SERIALS, serials.text());
    annotations.put(END, end);
    annotations.put(INPUTS, inputs);
    annotations.put(FIRST, first);
    if (keyGeneration != 1) {
      annotations.put(KEY_GENERATION, String.valueOf(keyGeneration));
    }
    annotations.put(Marks.APPLIED, seal(SecretDigest.of(data)));
    return annotations;
  }

  /** Whether a Secret as a cache has it is as these annotations were written with it. */
  public boolean isIntact(Secret reduced) {
    return seal(SecretDigest.of(reduced)).equals(annotation(reduced, Marks.APPLIED));
  }

  private String seal(String dataDigest) {
    String all =
        String.join("\n", dataDigest, serials.text(), end, inputs, first)
            + (keyGeneration == 1 ? "" : "\n" + keyGeneration);
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8)),
              0,
              16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }

  /** Of the server key that wraps the profile's tls-crypt-v2 key. */
  public static int keyGeneration(HasMetadata secret) {
    String text = annotation(secret, KEY_GENERATION);
    return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 1;
  }

  private static String annotation(HasMetadata object, String name) {
    String value = Marks.annotation(object, name);
    return value == null ? "" : value;
  }
}
