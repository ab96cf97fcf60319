package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Control channel and data ciphers. */
public record Tls(
    @Default("VersionTLS12") @JsonPropertyDescription("The oldest TLS that is accepted.")
        Version minVersion,
    @JsonPropertyDescription("How control packets are wrapped.") ControlChannel controlChannel,
    @Size(min = 1, max = 3)
        @JsonPropertyDescription(
            "Ciphers of the data channel, the preferred one first; all three if left out.")
        List<DataCipher> dataCiphers,
    @Default("1h")
        @Size(min = 2, max = 16)
        @Pattern("^([0-9]+(h|m|s))+$")
        @JsonPropertyDescription("How often the keys of a session are renewed.")
        String renegotiation) {
  static final Tls DEFAULT =
      new Tls(Version.VersionTLS12, ControlChannel.DEFAULT, List.of(DataCipher.values()), "1h");

  public Tls {
    minVersion = minVersion == null ? Version.VersionTLS12 : minVersion;
    controlChannel = controlChannel == null ? ControlChannel.DEFAULT : controlChannel;
    dataCiphers = dataCiphers == null ? List.of(DataCipher.values()) : List.copyOf(dataCiphers);
    renegotiation = renegotiation == null ? "1h" : renegotiation;
  }

  public enum Version {
    VersionTLS12,
    VersionTLS13
  }

  /** How control packets are wrapped. */
  public record ControlChannel(
      @Default("TLSCryptV2") Wrap wrap,
      @Default("Disabled")
          @JsonPropertyDescription("Profiles for clients that don't know tls-crypt-v2.")
          LegacyProfiles legacyProfiles) {
    static final ControlChannel DEFAULT =
        new ControlChannel(Wrap.TLSCryptV2, LegacyProfiles.Disabled);

    public ControlChannel {
      wrap = wrap == null ? Wrap.TLSCryptV2 : wrap;
      legacyProfiles = legacyProfiles == null ? LegacyProfiles.Disabled : legacyProfiles;
    }
  }

  public enum Wrap {
    TLSCryptV2
  }

  public enum LegacyProfiles {
    Disabled
  }

  public enum DataCipher {
    @JsonProperty("AES-256-GCM")
    AES_256_GCM("AES-256-GCM"),
    @JsonProperty("AES-128-GCM")
    AES_128_GCM("AES-128-GCM"),
    @JsonProperty("CHACHA20-POLY1305")
    CHACHA20_POLY1305("CHACHA20-POLY1305");

    private final String openvpnName;

    DataCipher(String openvpnName) {
      this.openvpnName = openvpnName;
    }

    /** The name that data-ciphers and IV_CIPHERS use. */
    public String openvpnName() {
      return openvpnName;
    }
  }
}
