package dev.ovenbird.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crdv2.generator.CRDGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Run with -Dovenbird.update=true to write the CRDs anew after a change of the Java types. */
class GeneratedCrdsTest {
  private static final Path COMMITTED = Path.of("../helm/ovenbird/files/crds").toAbsolutePath();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vpnclusters.ovenbird.dev",
        "vpnclients.ovenbird.dev",
        "vpninstances.ovenbird.dev"
      })
  void committed_crd_is_what_the_types_generate(String name, @TempDir Path folder)
      throws IOException {
    new CRDGenerator()
        .customResourceClasses(VpnCluster.class, VpnClient.class, VpnInstance.class)
        .withPostProcessor(
            new SchemaMarkers(List.of(VpnCluster.class, VpnClient.class, VpnInstance.class)))
        .forCRDVersions("v1")
        .withParallelGenerationEnabled(false)
        .inOutputDir(folder.toFile())
        .generate();
    String generated = Files.readString(folder.resolve(name + "-v1.yml"));
    Path committed = COMMITTED.resolve(name + ".yaml");
    if (Boolean.getBoolean("ovenbird.update")) {
      Files.createDirectories(COMMITTED);
      Files.writeString(committed, generated);
    }
    assertThat(committed).hasContent(generated);
  }
}
