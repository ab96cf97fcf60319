package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.DurationBounds;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Control channel and data ciphers. */
@ValidationRule(
    value =
        "self.controlChannel.legacyProfiles != 'Enabled'"
            + " || self.dataCiphers.exists(cipher, cipher.startsWith('AES-'))",
    fieldPath = ".dataCiphers",
    message =
        "has no cipher that clients of legacy profiles know; add AES-256-GCM or AES-128-GCM, or"
            + " disable legacyProfiles")
public record Tls(
    @Default("VersionTLS12") @JsonPropertyDescription("The oldest TLS that is accepted.")
        Version minVersion,
    @Default("{}") @JsonPropertyDescription("How control packets are wrapped.")
        ControlChannel controlChannel,
    @Default("[\"AES-256-GCM\", \"AES-128-GCM\", \"CHACHA20-POLY1305\"]")
        @Size(min = 1, max = 5)
        @ValidationRule(
            value = "self.all(cipher, self.exists_one(other, other == cipher))",
            message = "names a cipher twice; name each once")
        @JsonPropertyDescription(
            "Ciphers of the data channel, the preferred one first; the default's three if left out."
                + " CBC is slower, and for clients that know nothing newer.")
        List<DataCipher> dataCiphers,
    @Default("1h")
        @JsonPropertyDescription("How often the keys of a session are renewed.")
        @DurationBounds(min = "1s", max = "168h")
        String renegotiation,
    @Default("BouncyCastle")
        @JsonPropertyDescription(
            "Who does TLS in the instances: BouncyCastle, or JSSE, the JDK's own, which lacks the"
                + " hybrid post-quantum group X25519MLKEM768.")
        Engine engine) {
  static final Tls DEFAULT =
      new Tls(
          Version.VersionTLS12,
          ControlChannel.DEFAULT,
          DataCipher.DEFAULT,
          "1h",
          Engine.BouncyCastle);

  public Tls {
    minVersion = minVersion == null ? Version.VersionTLS12 : minVersion;
    controlChannel = controlChannel == null ? ControlChannel.DEFAULT : controlChannel;
    dataCiphers = dataCiphers == null ? DataCipher.DEFAULT : List.copyOf(dataCiphers);
    renegotiation = renegotiation == null ? "1h" : renegotiation;
    engine = engine == null ? Engine.BouncyCastle : engine;
  }

  public enum Version {
    VersionTLS12,
    VersionTLS13
  }

  public enum Engine {
    BouncyCastle,
    JSSE
  }

  /** How control packets are wrapped. */
  public record ControlChannel(
      @Default("TLSCryptV2")
          @JsonPropertyDescription("TLSCryptV2: every client has a key of its own.")
          Wrap wrap,
      @Default("Disabled")
          @JsonPropertyDescription(
              "Enabled: every client gets a second profile, client-legacy.ovpn, for programs that"
                  + " don't know tls-crypt-v2 (OpenVPN 2.4). All legacy profiles share one key, so"
                  + " whoever has one can reach the TLS handshake.")
          LegacyProfiles legacyProfiles,
      @Default("TLSCrypt")
          @JsonPropertyDescription(
              "What the shared key of legacy profiles does. TLSCrypt: encrypts and authenticates."
                  + " TLSAuth: authenticates, for programs that don't know tls-crypt either.")
          LegacyWrap legacyWrap,
      @Default("Disabled")
          @JsonPropertyDescription(
              "Enabled: clients that know it (OpenVPN 2.6, OpenVPN 3 from core 3.8) wrap"
                  + " renegotiations with a key of the session, so that whoever has the key of"
                  + " legacy profiles sees nothing of them.")
          DynamicTlsCrypt dynamicTLSCrypt,
      @Default("{}")
          @JsonPropertyDescription(
              "The tls-crypt-v2 server key that wraps the keys in profiles, by generations.")
          ServerKey serverKey) {
    static final ControlChannel DEFAULT =
        new ControlChannel(
            Wrap.TLSCryptV2,
            LegacyProfiles.Disabled,
            LegacyWrap.TLSCrypt,
            DynamicTlsCrypt.Disabled,
            ServerKey.DEFAULT);

    /** What legacy profiles are wrapped with; null if there are none. */
    public @Nullable LegacyWrap legacy() {
      return legacyProfiles == LegacyProfiles.Enabled ? legacyWrap : null;
    }

    public ControlChannel {
      wrap = wrap == null ? Wrap.TLSCryptV2 : wrap;
      legacyProfiles = legacyProfiles == null ? LegacyProfiles.Disabled : legacyProfiles;
      legacyWrap = legacyWrap == null ? LegacyWrap.TLSCrypt : legacyWrap;
      dynamicTLSCrypt = dynamicTLSCrypt == null ? DynamicTlsCrypt.Disabled : dynamicTLSCrypt;
      serverKey = serverKey == null ? ServerKey.DEFAULT : serverKey;
    }
  }

  /** As the authority's generations; a stranger's packet is tried with each key that is held. */
  @ValidationRule(
      value = "self.oldestGeneration <= self.generation",
      fieldPath = ".oldestGeneration",
      message = "is above generation, so no key would be left; give at most generation")
  @ValidationRule(
      value = "self.generation - self.oldestGeneration < 4",
      fieldPath = ".generation",
      message = "is more than three above oldestGeneration; raise that one first")
  public record ServerKey(
      @Default("1")
          @Min(1)
          @Max(65535)
          @ValidationRule(
              value = "self == oldSelf || self == oldSelf + 1",
              message = "changes by more than one; raise it by one at a time")
          @JsonPropertyDescription(
              "Raise it by one to change over to a new key: profiles are made anew with it when all"
                  + " instances hold it, and old profiles go on working.")
          Integer generation,
      @Default("1")
          @Min(1)
          @Max(65535)
          @ValidationRule(
              value = "self >= oldSelf",
              message = "goes down, but older keys are gone; leave it or raise it")
          @JsonPropertyDescription(
              "Raise it to end a change-over: profiles made with older keys get no answer from then"
                  + " on.")
          Integer oldestGeneration) {
    /** How many are held at once. */
    public static final int MOST = 4;

    static final ServerKey DEFAULT = new ServerKey(1, 1);

    public ServerKey {
      generation = generation == null ? 1 : generation;
      oldestGeneration = oldestGeneration == null ? 1 : oldestGeneration;
    }
  }

  public enum Wrap {
    TLSCryptV2
  }

  public enum LegacyProfiles {
    Disabled,
    Enabled
  }

  public enum LegacyWrap {
    TLSCrypt,
    TLSAuth
  }

  public enum DynamicTlsCrypt {
    Disabled,
    Enabled
  }

  public enum DataCipher {
    @JsonProperty("AES-256-GCM")
    AES_256_GCM("AES-256-GCM"),
    @JsonProperty("AES-128-GCM")
    AES_128_GCM("AES-128-GCM"),
    @JsonProperty("CHACHA20-POLY1305")
    CHACHA20_POLY1305("CHACHA20-POLY1305"),
    @JsonProperty("AES-256-CBC")
    AES_256_CBC("AES-256-CBC"),
    @JsonProperty("AES-128-CBC")
    AES_128_CBC("AES-128-CBC");

    /** What is offered unless the resource says otherwise. */
    public static final List<DataCipher> DEFAULT =
        List.of(AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305);

    private final String openvpnName;

    DataCipher(String openvpnName) {
      this.openvpnName = openvpnName;
    }

    /** The name that data-ciphers and IV_CIPHERS use. */
    public String openvpnName() {
      return openvpnName;
    }

    /** Whether OpenVPN 2.4 knows it. */
    public boolean isAesGcm() {
      return this != CHACHA20_POLY1305;
    }
  }
}
