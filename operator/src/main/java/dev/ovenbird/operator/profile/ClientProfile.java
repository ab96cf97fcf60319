package dev.ovenbird.operator.profile;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.plan.ServerName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The text of a client.ovpn for OpenVPN 2.5, 2.6, 2.7 and 3. No directive that one of them refuses
 * (digest 12.2): {@code explicit-exit-notify} is pushed, as 2.5 refuses it beside a TCP remote.
 */
public final class ClientProfile {
  private ClientProfile() {}

  /**
   * What a profile says.
   *
   * @param caPem what servers' certificates must lead to
   * @param keyPem private key; it makes the profile a secret
   * @param tlsCryptV2Pem client key with its wrapped form
   */
  public record Content(
      String clusterName,
      String clusterUid,
      String clientName,
      List<Remote> remotes,
      Tls tls,
      String caPem,
      String certificatePem,
      String keyPem,
      String tlsCryptV2Pem) {
    @Override
    public String toString() {
      return "profile of " + clientName;
    }
  }

  /** The same content gives the same text. */
  public static String render(Content content) {
    StringBuilder text = new StringBuilder(8192);
    text.append("# ").append(content.clientName()).append(" in the VPN ");
    text.append(content.clusterName());
    text.append(". Whoever has this file has its access: keep it private.\n");
    text.append("client\ndev tun\nnobind\npersist-tun\n");
    for (Remote remote : content.remotes()) {
      text.append("remote ").append(remote.endpoint().host()).append(' ');
      text.append(remote.endpoint().port()).append(' ');
      text.append(remote.endpoint().protocol() == Protocol.UDP ? "udp" : "tcp").append('\n');
    }
    // A silent remote costs 4 s, one that answers and hangs 20 s, a dead name 5 s (digest 12.4).
    text.append("server-poll-timeout 4\nhand-window 20\nresolv-retry 5\nconnect-retry 1 8\n");
    text.append("remote-cert-tls server\nverify-x509-name ");
    text.append(ServerName.of(content.clusterUid())).append(" name\n");
    text.append("tls-version-min ");
    text.append(content.tls().minVersion() == Tls.Version.VersionTLS13 ? "1.3" : "1.2");
    text.append("\nignore-unknown-option data-ciphers\ndata-ciphers ");
    text.append(
        content.tls().dataCiphers().stream()
            .map(Tls.DataCipher::openvpnName)
            .collect(Collectors.joining(":")));
    text.append("\nsetenv FRIENDLY_NAME \"").append(content.clusterName()).append(": ");
    text.append(content.clientName()).append("\"\n");
    inline(text, "ca", content.caPem());
    inline(text, "cert", content.certificatePem());
    inline(text, "key", content.keyPem());
    inline(text, "tls-crypt-v2", content.tlsCryptV2Pem());
    return text.toString();
  }

  private static void inline(StringBuilder text, String name, String pem) {
    String tag = name.toLowerCase(Locale.ROOT);
    text.append('<').append(tag).append(">\n").append(pem.strip()).append("\n</");
    text.append(tag).append(">\n");
  }
}
