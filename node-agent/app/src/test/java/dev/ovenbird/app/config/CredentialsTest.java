package dev.ovenbird.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.TestCredentials;
import dev.ovenbird.app.TestInstance;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.wrap.StaticKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
  @TempDir Path folder;

  @Test
  void keys_and_certificates_are_read_and_not_shown() throws Exception {
    TestCredentials.write(folder);
    InstanceConfig.Files files = TestInstance.config(folder).files();
    Credentials credentials = Credentials.read(files);
    assertThat(credentials.wrapKeys()).hasSize(1);
    assertThat(credentials.clientCasDer()).hasSize(1);
    assertThat(credentials.notAfterSeconds()).isGreaterThan(System.currentTimeMillis() / 1000);
    assertThat(credentials.toString()).hasSizeLessThan(80);
    assertThat(credentials.staticKeys()).isEmpty();
  }

  @Test
  void static_keys_stand_behind_the_server_keys() throws Exception {
    TestCredentials.write(folder);
    StaticKey key = StaticKey.random(new SecureRandom());
    Files.writeString(folder.resolve("wrap.pem"), key.toPem(), StandardOpenOption.APPEND);
    Credentials credentials = Credentials.read(TestInstance.config(folder).files());
    assertThat(credentials.wrapKeys()).hasSize(1);
    assertThat(credentials.staticKeys()).containsExactly(key);
  }

  @Test
  void server_keys_say_of_which_generation_they_are() throws Exception {
    TestCredentials.write(folder);
    Path file = folder.resolve("wrap.pem");
    String key = Files.readString(file);
    InstanceConfig.Files files = TestInstance.config(folder).files();
    assertThat(Credentials.read(files).wrapKeyGenerations()).containsExactly(1);
    Files.writeString(
        file,
        InstanceConfig.Files.GENERATION
            + "12\n"
            + key
            + InstanceConfig.Files.GENERATION
            + "11\n"
            + key
            + StaticKey.random(new SecureRandom()).toPem());
    Credentials two = Credentials.read(files);
    assertThat(two.wrapKeyGenerations()).containsExactly(12, 11);
    assertThat(two.wrapKeys()).hasSize(2);
    assertThat(two.staticKeys()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "chain.pem, CERTIFICATE",
    "key.pem, PRIVATE KEY",
    "cas.pem, CERTIFICATE",
    "wrap.pem, tls-crypt-v2"
  })
  void a_file_without_what_it_should_hold_is_named(String name, String label) throws Exception {
    TestCredentials.write(folder);
    Files.writeString(folder.resolve(name), "nothing here\n");
    assertThatThrownBy(() -> Credentials.read(TestInstance.config(folder).files()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(folder.resolve(name) + ": ")
        .hasMessageContaining(label);
  }

  @Test
  void a_broken_block_is_refused() {
    assertThatThrownBy(() -> Pem.blocks("A", "-----BEGIN A-----\nAAAA\n"))
        .hasMessageContaining("no end");
  }
}
