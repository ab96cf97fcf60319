package dev.ovenbird.app.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.password.UserFile;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what the API server has into the state folder. What an agent could not start from changes
 * nothing there and is one line in the log. Confined to one thread.
 */
final class Mirror {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ClusterEnvironment environment;
  private final StateFolder folder;
  private final RosterShards shards;
  private List<X509Certificate> authorities = List.of();
  private List<X509Certificate> crossCertificates = List.of();
  private boolean keysSeen;

  Mirror(ClusterEnvironment environment, StateFolder folder) {
    this.environment = environment;
    this.folder = folder;
    shards = new RosterShards(environment.clusterUid(), environment.rosterShards());
  }

  void config(ConfigMap map) {
    attempt(
        () -> {
          String text = map.getData() == null ? null : map.getData().get(StateFolder.CONFIG);
          String source = "ConfigMap " + environment.configMap();
          if (text == null) {
            throw new ConfigException(source + ": has no " + StateFolder.CONFIG);
          }
          byte[] own = own(source, text);
          folder.replace(StateFolder.CONFIG, own, this::checkConfig);
        });
    // Shards that came first could not be judged yet.
    roster();
  }

  /** The text with this node's name and address in place of the placeholders. */
  private byte[] own(String source, String text) throws ConfigException {
    try {
      if (!(JSON.readTree(text) instanceof ObjectNode config)) {
        throw new ConfigException(source + ": is no JSON object");
      }
      if (config.path("node").asText().equals(InstanceConfig.NODE)) {
        config.put("node", environment.node());
      }
      String pages = config.path("httpAddress").asText();
      if (pages.startsWith(InstanceConfig.HOST)) {
        String host = environment.host();
        config.put(
            "httpAddress",
            (host.contains(":") ? "[" + host + "]" : host)
                + pages.substring(InstanceConfig.HOST.length()));
      }
      return JSON.writeValueAsBytes(config);
    } catch (JsonProcessingException e) {
      throw new ConfigException(source + ": is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private void checkConfig(Path candidate) throws ConfigException {
    InstanceConfig config = ConfigFile.read(candidate);
    if (!config.clusterUid().equals(environment.clusterUid())
        || config.lane() != environment.lane()
        || !config.node().equals(environment.node())) {
      throw new ConfigException(
          "ConfigMap "
              + environment.configMap()
              + ": is of cluster "
              + config.clusterUid()
              + ", node "
              + config.node()
              + ", lane "
              + config.lane()
              + ", and this is "
              + environment.uri());
    }
    InstanceConfig.Files files = config.files();
    lies(files.certificateChain(), StateFolder.IDENTITY);
    lies(files.privateKey(), StateFolder.IDENTITY);
    lies(files.clientCas(), StateFolder.CLIENT_CAS);
    lies(files.tlsCryptV2ServerKeys(), StateFolder.SERVER_KEYS);
    lies(files.roster(), StateFolder.ROSTER);
    InstanceConfig.Authentication authentication = config.authentication();
    if (authentication != null && authentication.usersFile() != null) {
      lies(authentication.usersFile(), StateFolder.USERS);
    }
  }

  private void lies(String path, String name) throws ConfigException {
    if (!Path.of(path).equals(folder.file(name))) {
      throw new ConfigException(
          "ConfigMap "
              + environment.configMap()
              + ": field files: "
              + path
              + " is not "
              + folder.file(name)
              + "; operator and agent are of different versions");
    }
  }

  void shard(int number, ConfigMap map) {
    attempt(
        () ->
            shards.put(
                number,
                map.getMetadata().getName(),
                map.getData() == null ? null : map.getData().get(StateFolder.ROSTER)));
  }

  /** Writes the roster if all shards are there. */
  void roster() {
    Roster merged = shards.merged();
    if (merged == null || !folder.has(StateFolder.CONFIG)) {
      return;
    }
    attempt(
        () -> {
          InstanceConfig config = ConfigFile.read(folder.file(StateFolder.CONFIG));
          // As it is, and not what was written read again: somebody may be about to be cut off.
          RosterIndex.of(folder.file(StateFolder.ROSTER), merged, config);
          try {
            folder.replace(StateFolder.ROSTER, JSON.writeValueAsBytes(merged), unread -> {});
          } catch (JsonProcessingException e) {
            throw new IllegalStateException("a roster cannot be written", e);
          }
        });
  }

  void keys(Secret secret) {
    attempt(
        () -> {
          String serverKeys = text(secret, "tls-crypt-v2.keys");
          String clientCas = text(secret, "client-cas.pem");
          List<X509Certificate> cas = certificates("client-cas.pem", clientCas);
          List<X509Certificate> cross = certificates("cross.pem", text(secret, "cross.pem"));
          if (cas.isEmpty()) {
            throw keysFault("client-cas.pem holds no certificate");
          }
          try {
            TlsCryptV2ServerKey.parseAll(serverKeys);
            StaticKey.parseAll(serverKeys);
            AuthTokenKey.parseAll(serverKeys);
          } catch (RuntimeException e) {
            throw keysFault("tls-crypt-v2.keys: " + e.getMessage());
          }
          folder.replace(StateFolder.SERVER_KEYS, ascii(serverKeys), candidate -> {});
          folder.replace(StateFolder.CLIENT_CAS, ascii(clientCas), candidate -> {});
          authorities = cas;
          crossCertificates = cross;
          keysSeen = true;
          Identity identity = identity();
          if (identity != null && identity.isSignedBy(cas.getFirst())) {
            identity(identity.with(cross));
          }
        });
    // By themselves: a mistake in a line of theirs holds up no key.
    attempt(() -> users(secret));
  }

  /** The users, if the cluster has any; what it has no more is not left lying about. */
  private void users(Secret secret) throws ConfigException {
    if (secret.getData() == null) {
      return;
    }
    String base64 = secret.getData().get(StateFolder.USERS);
    try {
      if (base64 == null) {
        discard(StateFolder.USERS);
      } else {
        byte[] text = Base64.getDecoder().decode(base64);
        folder.replace(StateFolder.USERS, text, UserFile::read);
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException("Secret " + environment.keysSecret() + ": users is not base64", e);
    } catch (IOException e) {
      LOG.warn("The users of before cannot be removed: {}", e.getMessage());
    }
  }

  private String text(Secret secret, String key) throws ConfigException {
    String base64 = secret.getData() == null ? null : secret.getData().get(key);
    if (base64 == null) {
      throw keysFault("has no " + key);
    }
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      throw keysFault(key + " is not base64");
    }
  }

  private List<X509Certificate> certificates(String key, String pem) throws ConfigException {
    List<X509Certificate> chain = Identity.chainOrNull(pem);
    if (chain == null) {
      throw keysFault(key + " is damaged");
    }
    return chain;
  }

  private ConfigException keysFault(String why) {
    return new ConfigException("Secret " + environment.keysSecret() + ": " + why);
  }

  /** Key and certificates, in one step. */
  void identity(Identity identity) {
    attempt(() -> folder.replace(StateFolder.IDENTITY, ascii(identity.pem()), candidate -> {}));
  }

  /** The one in the folder if it is this instance's and is good for now. */
  @Nullable Identity identity() {
    try {
      byte[] bytes = folder.read(StateFolder.IDENTITY);
      if (bytes == null) {
        return null;
      }
      Identity identity = Identity.parse(new String(bytes, StandardCharsets.US_ASCII));
      return identity.isOf(environment.uri(), java.time.Instant.now()) ? identity : null;
    } catch (IOException | GeneralSecurityException e) {
      LOG.atWarn()
          .setMessage("The certificate on the node cannot be used, asking for another")
          .addKeyValue("why", e.getMessage())
          .log();
      return null;
    }
  }

  /** Newest first; empty before the Secret was read. */
  List<X509Certificate> authorities() {
    return authorities;
  }

  List<X509Certificate> crossCertificates() {
    return crossCertificates;
  }

  /** What is missing until an agent can start, for people; empty if nothing. */
  String missing() {
    StringBuilder missing = new StringBuilder();
    if (!folder.has(StateFolder.CONFIG)) {
      missing.append("; configuration from ConfigMap ").append(environment.configMap());
    }
    if (!folder.has(StateFolder.ROSTER)) {
      missing
          .append("; roster from ConfigMaps ")
          .append(environment.rosterPrefix())
          .append("*, shards ")
          .append(shards.missing());
    }
    if (!keysSeen && !folder.has(StateFolder.SERVER_KEYS)) {
      missing.append("; keys from Secret ").append(environment.keysSecret());
    }
    if (!folder.has(StateFolder.IDENTITY)) {
      missing.append("; a certificate from the operator");
    }
    return missing.isEmpty() ? "" : missing.substring(2);
  }

  /** Removes a file that nobody could start from. */
  void discard(String name) throws IOException {
    Files.deleteIfExists(folder.file(name));
  }

  private interface Work {
    void run() throws ConfigException;
  }

  private static void attempt(Work work) {
    try {
      work.run();
    } catch (ConfigException e) {
      LOG.atError()
          .setMessage("Refused, the last good one stays: " + ApiErrors.oneLine(e.getMessage()))
          .log();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
