package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The certificate authority and the keys that it certifies. */
public record Pki(
    @JsonPropertyDescription("Where the certificate authority comes from.") Ca ca,
    @JsonPropertyDescription("Kind of key made for the authority, instances and clients.")
        PrivateKey privateKey,
    @Default("87600h")
        @Size(min = 2, max = 16)
        @Pattern("^([0-9]+(h|m|s))+$")
        @JsonPropertyDescription(
            "How long client certificates are valid, at most until the authority's end. Access"
                + " that should end sooner has notAfter in its VpnClient.")
        String clientValidity) {
  static final Pki DEFAULT = new Pki(Ca.DEFAULT, PrivateKey.DEFAULT, "87600h");

  public Pki {
    ca = ca == null ? Ca.DEFAULT : ca;
    privateKey = privateKey == null ? PrivateKey.DEFAULT : privateKey;
    clientValidity = clientValidity == null ? "87600h" : clientValidity;
  }

  /** A union by type. */
  public record Ca(
      @Default("Generated")
          @JsonPropertyDescription("Generated: made by the operator. Secret: as in secretRef.")
          CaType type,
      @JsonPropertyDescription("With type Secret: a Secret with tls.crt and tls.key.")
          @Nullable SecretReference secretRef) {
    static final Ca DEFAULT = new Ca(CaType.Generated, null);

    public Ca {
      type = type == null ? CaType.Generated : type;
    }
  }

  public enum CaType {
    Generated,
    Secret
  }

  /** A Secret of the cluster's namespace. */
  public record SecretReference(@Required @Size(min = 1, max = 253) String name) {}

  /** Algorithm and size in bits: ECDSA 256 or 384, RSA 2048, 3072 or 4096. */
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
