package dev.ovenbird.e2e.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

/**
 * An image that {@code ./ovenbird images} made, unpacked.
 *
 * @param root its file system
 * @param config of the image: user, environment, entry point
 * @param sbom CycloneDX
 */
record Image(Path archive, Path root, JsonNode config, JsonNode sbom) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Unpacks one; {@code name} is operator or node-agent. */
  static Image unpack(Scope scope, String name) {
    Path images = Installation.home().resolve(".ovenbird/images");
    Path archive = images.resolve(name + ".tar");
    if (!Files.exists(archive)) {
      throw new IllegalStateException(archive + " is missing: run ./ovenbird images");
    }
    Path folder = TempFolder.create(scope, "ovenbird-e2e-image");
    Path root = folder.resolve("root");
    try {
      Files.createDirectories(root);
      Command.run("tar", "-C", folder.toString(), "-xf", archive.toString());
      JsonNode manifest = JSON.readTree(folder.resolve("manifest.json").toFile()).get(0);
      for (JsonNode layer : manifest.get("Layers")) {
        Command.run(
            "tar", "-C", root.toString(), "-xpf", folder.resolve(layer.asText()).toString());
      }
      JsonNode config = JSON.readTree(folder.resolve(manifest.get("Config").asText()).toFile());
      JsonNode sbom = JSON.readTree(images.resolve(name + ".cdx.json").toFile());
      return new Image(archive, root, config.get("config"), sbom);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes as a registry would keep them. */
  long compressedBytes() {
    return Long.parseLong(Command.run("sh", "-c", "zstd -q -c '" + archive + "' | wc -c").strip());
  }

  /** Names of all components of its SBOM. */
  TreeSet<String> components() {
    TreeSet<String> names = new TreeSet<>();
    sbom.get("components").forEach(component -> names.add(component.get("name").asText()));
    return names;
  }

  /** What {@code find} prints of its files. */
  String find(String... conditions) {
    String[] command = new String[conditions.length + 2];
    command[0] = "find";
    command[1] = root.toString();
    System.arraycopy(conditions, 0, command, 2, conditions.length);
    return Command.run(command).replace(root.toString(), "").strip();
  }
}
