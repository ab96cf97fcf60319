import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * {@code java Sbom.java MAVEN DPKG RUNTIME OUT}: Maven's CycloneDX list of an image's jars, with the
 * Debian packages of its dpkg status and its Java runtime added.
 */
public final class Sbom {
  private Sbom() {}

  public static void main(String[] files) throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode sbom = (ObjectNode) json.readTree(Path.of(files[0]).toFile());
    ArrayNode components = sbom.withArray("components");
    for (String stanza : Files.readString(Path.of(files[1])).split("\n\n+")) {
      if (!stanza.isBlank()) {
        debian(components.addObject(), fields(stanza, ": "));
      }
    }
    Map<String, String> release = fields(Files.readString(Path.of(files[2])), "=");
    String version = release.getOrDefault("JAVA_RUNTIME_VERSION", "").replace("\"", "");
    String maker = release.getOrDefault("IMPLEMENTOR", "").replace("\"", "");
    components
        .addObject()
        .put("type", "platform")
        .put("bom-ref", "java-runtime")
        .put("publisher", maker)
        .put("name", "openjdk")
        .put("version", version)
        .put("cpe", "cpe:2.3:a:oracle:openjdk:" + version.replaceAll("[+-].*", "") + ":*:*:*:*:*:*:*");
    json.writeValue(Path.of(files[3]).toFile(), sbom);
    System.out.println(files[3] + ": " + components.size() + " components");
  }

  private static void debian(ObjectNode component, Map<String, String> fields) {
    String name = fields.getOrDefault("Package", "");
    String version = fields.getOrDefault("Version", "");
    String architecture = fields.getOrDefault("Architecture", "");
    String url =
        "pkg:deb/debian/"
            + name
            + "@"
            + version.replace("+", "%2B").replace(":", "%3A")
            + "?arch="
            + architecture
            + "&distro=debian-13";
    // "Source: glibc (2.41-1)": advisories are about sources.
    String source = fields.getOrDefault("Source", name).replaceAll(" .*", "");
    component
        .put("type", "library")
        .put("bom-ref", url)
        .put("publisher", fields.getOrDefault("Maintainer", ""))
        .put("name", name)
        .put("version", version)
        .put("purl", url);
    component
        .putArray("properties")
        .addObject()
        .put("name", "aquasecurity:trivy:SrcName")
        .put("value", source);
  }

  private static Map<String, String> fields(String text, String separator) {
    Map<String, String> fields = new HashMap<>();
    text.lines()
        .filter(line -> !line.startsWith(" ") && line.contains(separator))
        .forEach(
            line -> {
              int at = line.indexOf(separator);
              fields.put(line.substring(0, at), line.substring(at + separator.length()));
            });
    return fields;
  }
}
