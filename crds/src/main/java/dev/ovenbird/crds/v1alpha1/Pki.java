package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.DurationBounds;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The certificate authority and the keys that it certifies. */
public record Pki(
    @Default("{}") @JsonPropertyDescription("Where the certificate authority comes from.") Ca ca,
    @Default("{}")
        @JsonPropertyDescription("Kind of key made for the authority, instances and clients.")
        PrivateKey privateKey,
    @Default("87600h")
        @JsonPropertyDescription(
            "How long client certificates are valid, at most until the authority's end. Access"
                + " that should end sooner has notAfter in its VpnClient.")
        @DurationBounds(min = "1h", max = "878400h")
        String clientValidity) {
  static final Pki DEFAULT = new Pki(Ca.DEFAULT, PrivateKey.DEFAULT, "87600h");

  public Pki {
    ca = ca == null ? Ca.DEFAULT : ca;
    privateKey = privateKey == null ? PrivateKey.DEFAULT : privateKey;
    clientValidity = clientValidity == null ? "87600h" : clientValidity;
  }

  /** A union by type. */
  @ValidationRule(
      value = "self.type != 'Secret' || has(self.secretRef)",
      fieldPath = ".secretRef",
      reason = "FieldValueRequired",
      message = "is missing; name the Secret that holds tls.crt and tls.key")
  @ValidationRule(
      value = "self.type == 'Secret' || !has(self.secretRef)",
      fieldPath = ".secretRef",
      reason = "FieldValueForbidden",
      message = "goes with type Secret only; write type: Secret or leave it out")
  @ValidationRule(
      value = "self.oldestGeneration <= self.generation",
      fieldPath = ".oldestGeneration",
      message = "is above generation, so no authority would be left; give at most generation")
  public record Ca(
      @Default("Generated")
          @JsonPropertyDescription("Generated: made by the operator. Secret: as in secretRef.")
          CaType type,
      @JsonPropertyDescription("With type Secret: a Secret with tls.crt and tls.key.")
          @Nullable SecretReference secretRef,
      @Default("1")
          @Min(1)
          @Max(65535)
          @ValidationRule(
              value = "self == oldSelf || self == oldSelf + 1",
              message = "changes by more than one; raise it by one at a time")
          @JsonPropertyDescription(
              "Raise it by one to change over to a new authority, which the old one cross-signs:"
                  + " old profiles go on working while everybody takes a new one.")
          Integer generation,
      @Default("1")
          @Min(1)
          @Max(65535)
          @ValidationRule(
              value = "self >= oldSelf",
              message = "goes down, but older authorities are gone; leave it or raise it")
          @JsonPropertyDescription(
              "Raise it to end a change-over: what older authorities signed is refused from then"
                  + " on.")
          Integer oldestGeneration) {
    static final Ca DEFAULT = new Ca(CaType.Generated, null, 1, 1);

    public Ca {
      type = type == null ? CaType.Generated : type;
      generation = generation == null ? 1 : generation;
      oldestGeneration = oldestGeneration == null ? 1 : oldestGeneration;
    }
  }

  public enum CaType {
    Generated,
    Secret
  }

  /** A Secret of the cluster's namespace. */
  public record SecretReference(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Its name.") String name) {}

  /** Algorithm and size in bits: ECDSA 256 or 384, RSA 2048, 3072 or 4096. */
  @ValidationRule(
      value = "self.algorithm != 'ECDSA' || !has(self.size) || self.size in [256, 384]",
      fieldPath = ".size",
      message = "does not go with ECDSA; write 256 or 384")
  @ValidationRule(
      value = "self.algorithm != 'RSA' || !has(self.size) || self.size in [2048, 3072, 4096]",
      fieldPath = ".size",
      message = "does not go with RSA; write 2048, 3072 or 4096")
  public record PrivateKey(
      @Default("ECDSA") @JsonPropertyDescription("ECDSA or RSA.") KeyAlgorithm algorithm,
      @JsonPropertyDescription(
              "Bits: 256 (default) or 384 for ECDSA; 2048 (default), 3072 or 4096 for RSA.")
          Integer size) {
    static final PrivateKey DEFAULT = new PrivateKey(KeyAlgorithm.ECDSA, 256);

    public PrivateKey {
      algorithm = algorithm == null ? KeyAlgorithm.ECDSA : algorithm;
      size = size != null ? size : algorithm == KeyAlgorithm.RSA ? 2048 : 256;
    }
  }

  public enum KeyAlgorithm {
    ECDSA,
    RSA
  }
}
