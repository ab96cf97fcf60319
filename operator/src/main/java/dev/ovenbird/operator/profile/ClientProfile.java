package dev.ovenbird.operator.profile;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Authentication;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.plan.ServerName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The text of a client.ovpn for OpenVPN 2.5, 2.6, 2.7 and 3, and of a client-legacy.ovpn, which 2.4
 * takes too. No directive that one of them refuses (digest 12.2): {@code explicit-exit-notify} is
 * pushed, as 2.5 refuses it beside a TCP remote.
 */
public final class ClientProfile {
  /** 2.4 and 2.5 take no more (digest 12.2). */
  private static final int LEGACY_REMOTES = 64;

  private ClientProfile() {}

  /**
   * What a profile says.
   *
   * @param authentication what is asked besides the certificate
   * @param caPem what servers' certificates must lead to
   * @param keyPem private key; it makes the profile a secret. Null if it stays with the client, who
   *     gives it by {@code key FILE} or beside the profile
   * @param tlsCryptV2Pem client key with its wrapped form
   */
  public record Content(
      String clusterName,
      String clusterUid,
      String clientName,
      List<Remote> remotes,
      Tls tls,
      Authentication authentication,
      String caPem,
      String certificatePem,
      @Nullable String keyPem,
      String tlsCryptV2Pem) {
    /** Of a client whose certificate is enough. */
    public Content(
        String clusterName,
        String clusterUid,
        String clientName,
        List<Remote> remotes,
        Tls tls,
        String caPem,
        String certificatePem,
        @Nullable String keyPem,
        String tlsCryptV2Pem) {
      this(
          clusterName,
          clusterUid,
          clientName,
          remotes,
          tls,
          Authentication.DEFAULT,
          caPem,
          certificatePem,
          keyPem,
          tlsCryptV2Pem);
    }

    @Override
    public String toString() {
      return "profile of " + clientName;
    }
  }

  /** The same content gives the same text. */
  public static String render(Content content) {
    StringBuilder text = new StringBuilder(8192);
    begin(text, content, content.remotes());
    text.append("ignore-unknown-option data-ciphers\ndata-ciphers ");
    text.append(
        content.tls().dataCiphers().stream()
            .map(Tls.DataCipher::openvpnName)
            .collect(Collectors.joining(":")));
    text.append('\n');
    identity(text, content);
    inline(text, "tls-crypt-v2", content.tlsCryptV2Pem());
    return text.toString();
  }

  /**
   * The same for OpenVPN 2.4, which knows neither tls-crypt-v2 nor data-ciphers, and of the ciphers
   * AES-GCM alone.
   *
   * @param staticKeyPem the key that all legacy profiles share
   */
  public static String renderLegacy(Content content, Tls.LegacyWrap wrap, String staticKeyPem) {
    StringBuilder text = new StringBuilder(8192);
    List<Remote> remotes = content.remotes();
    begin(text, content, remotes.subList(0, Math.min(remotes.size(), LEGACY_REMOTES)));
    text.append("ncp-ciphers ");
    text.append(
        content.tls().dataCiphers().stream()
            .filter(Tls.DataCipher::isAesGcm)
            .map(Tls.DataCipher::openvpnName)
            .collect(Collectors.joining(":")));
    text.append('\n');
    if (wrap == Tls.LegacyWrap.TLSAuth) {
      text.append("auth SHA256\nkey-direction 1\n");
    }
    identity(text, content);
    inline(text, wrap == Tls.LegacyWrap.TLSAuth ? "tls-auth" : "tls-crypt", staticKeyPem);
    return text.toString();
  }

  private static void begin(StringBuilder text, Content content, List<Remote> remotes) {
    text.append("# ").append(content.clientName()).append(" in the VPN ");
    text.append(content.clusterName());
    text.append(". Whoever has this file has its access: keep it private.\n");
    text.append("client\ndev tun\nnobind\npersist-tun\n");
    for (Remote remote : remotes) {
      text.append("remote ").append(remote.endpoint().host()).append(' ');
      text.append(remote.endpoint().port()).append(' ');
      text.append(remote.endpoint().protocol() == Protocol.UDP ? "udp" : "tcp").append('\n');
    }
    // A silent remote costs 4 s, one that answers and hangs 20 s, a dead name 5 s (digest 12.4).
    text.append("server-poll-timeout 4\nhand-window 20\nresolv-retry 5\nconnect-retry 1 8\n");
    text.append(logIn(content.authentication()));
    text.append("remote-cert-tls server\nverify-x509-name ");
    text.append(ServerName.of(content.clusterUid())).append(" name\n");
    text.append("tls-version-min ");
    text.append(content.tls().minVersion() == Tls.Version.VersionTLS13 ? "1.3" : "1.2");
    text.append('\n');
  }

  /** What makes a client ask for a password; nothing if its certificate is enough. */
  public static String logIn(Authentication authentication) {
    if (!authentication.asksPasswords()) {
      return "";
    }
    // Nothing is kept but the token, which takes the password's place (digest 6.9).
    String ask = "auth-user-pass\nauth-nocache\n";
    if (authentication.totp() == InstanceConfig.Totp.Static) {
      return ask + "static-challenge \"Code of your authenticator app\" 1\n";
    }
    boolean mayAskMore =
        authentication.totp() == InstanceConfig.Totp.Dynamic
            || authentication.passwords().http() != null;
    return mayAskMore ? ask + "auth-retry interact\n" : ask;
  }

  private static void identity(StringBuilder text, Content content) {
    text.append("setenv FRIENDLY_NAME \"").append(content.clusterName()).append(": ");
    text.append(content.clientName()).append("\"\n");
    inline(text, "ca", content.caPem());
    inline(text, "cert", content.certificatePem());
    if (content.keyPem() == null) {
      text.append(
          "# Your key stayed with you: add \"key FILE\" here, or <key> and </key> around it.\n");
    } else {
      inline(text, "key", content.keyPem());
    }
  }

  private static void inline(StringBuilder text, String name, String pem) {
    String tag = name.toLowerCase(Locale.ROOT);
    text.append('<').append(tag).append(">\n").append(pem.strip()).append("\n</");
    text.append(tag).append(">\n");
  }
}
