package dev.ovenbird.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.app.TestInstance;
import dev.ovenbird.crds.instance.InstanceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bad configuration is one line that names file, field and what is wrong. */
class ConfigFileTest {
  @TempDir Path folder;

  private Path file = Path.of("");
  private String good = "";

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("config.json");
    good = new ObjectMapper().writeValueAsString(TestInstance.config(folder));
  }

  private InstanceConfig read(String text) throws IOException, ConfigException {
    Files.writeString(file, text);
    return ConfigFile.read(file);
  }

  @Test
  void what_the_operator_writes_is_read_back() throws IOException, ConfigException {
    assertThat(read(good)).isEqualTo(TestInstance.config(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"lane\":0 | \"lane\":-1 | field lane: must not be negative",
        "\"lane\":0 | \"lane\":\"0\" | field lane: ",
        "\"lane\":0 | \"lane\":0.5 | field lane: ",
        "\"lane\":0 | \"lane\":null | field lane: ",
        "\"lane\":0, | ~~ | lane",
        "\"lane\":0 | \"lane\":0,\"lane\":1 | lane",
        "\"lane\":0 | \"lane\":0,\"colour\":1 | unknown field colour",
        "\"lane\":0 | \"lane\":0,\"co\\nlour\":1 | unknown field co_lour",
        "\"mtu\":1500 | \"mtu\":1500,\"size\":1 | unknown field network.size",
        "\"mtu\":1500 | \"mtu\":99 | field network.mtu: must be 1280 to 1500",
        "\"tunName\":\"ovb0b8f0c1e-0\" | \"tunName\":\"a/b\" | field tunName: must be 1 to 15",
        "\"tunName\":\"ovb0b8f0c1e-0\" | \"tunName\":null | tunName",
        "0b8f0c1e-7d3a | 0B8F0C1E-7d3a | field clusterUid: must be a lower-case UUID",
        "10.88.0.0/16 | 10.88.0.0/99 | field network.ipv4: ",
        "\"ipv4Gateway\":\"10.88.0.1\" | \"ipv4Gateway\":\"10.9.0.1\" | field network.ipv4Gateway: must lie in 10.88.0.0/16",
        "\"ipv6Gateway\":\"fd00:88::1\", | ~~ | field network.ipv6Gateway: must be given",
        "\"port\":1194 | \"port\":0 | field listeners[0].port: must be 1 to 65535",
        "\"protocol\":\"TCP\" | \"protocol\":\"UDP\" | field listeners[1]: listens where another",
        "\"protocol\":\"TCP\" | \"protocol\":\"SCTP\" | listeners[1].protocol",
        "svc.cluster.local | $(reboot) | field push.dnsDomains: ",
        "VersionTLS12 | VersionTLS11 | field tls.minVersion: must be VersionTLS12 or",
        "AES-256-GCM | BF-CBC | field tls.dataCiphers: 'BF-CBC' is not supported",
        "\"intervalSeconds\":8 | \"intervalSeconds\":80 | field keepalive.timeoutSeconds: ",
        "\"maxClients\":100 | \"maxClients\":0 | field limits.maxClients: must be 1 to",
        "[\"AES-256-GCM\",\"AES-128-GCM\"] | [null] | field tls.dataCiphers[0]: is null",
        "\"clientToClient\":\"Deny\" | \"clientToClient\":1 | clientToClient",
      })
  void a_bad_field_is_named(String from, String to, String words) {
    String spoilt =
        good.replaceFirst(
            java.util.regex.Pattern.quote(from), java.util.regex.Matcher.quoteReplacement(to));
    assertThat(spoilt).isNotEqualTo(good);
    assertThatThrownBy(() -> read(spoilt))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file.toString() + ": ")
        .hasMessageContaining(words.strip())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void text_that_is_no_json_is_refused_with_its_place() {
    assertThatThrownBy(() -> read(good.substring(0, 40)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file.toString() + ": ");
    assertThatThrownBy(() -> read(good + "x")).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("")).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("null")).isInstanceOf(ConfigException.class);
  }

  @Test
  void a_missing_file_says_what_to_do() {
    assertThatThrownBy(() -> ConfigFile.read(folder.resolve("absent.json")))
        .hasMessageEndingWith("absent.json: no such file; check the path");
  }

  @Test
  void a_control_socket_path_beyond_the_kernels_limit_is_refused() {
    String spoilt = good.replace("/control.sock", "/" + "s".repeat(108));
    assertThatThrownBy(() -> read(spoilt)).hasMessageContaining("field controlSocket: is longer");
  }

  @Test
  void changes_are_told_apart_by_whether_they_take_a_new_process() throws Exception {
    InstanceConfig before = read(good);
    assertThat(RestartFields.changed(before, read(good.replace("3600", "60")))).isEmpty();
    assertThat(RestartFields.changed(before, read(good.replace("svc.cluster", "x.cluster"))))
        .isEmpty();
    assertThat(RestartFields.changed(before, read(good.replace("1194", "1195"))))
        .containsExactly("listeners");
    assertThat(
            RestartFields.changed(
                before, read(good.replace("Masquerade", "Routed").replace("1500", "1400"))))
        .containsExactly("network", "egress");
  }
}
