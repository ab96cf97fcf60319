package dev.ovenbird.operator.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ovenbird.operator.plan.ClusterState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * state.json: what was given out and must never change by itself.
 *
 * @param version of this format
 * @param cluster name of the cluster that the folder belongs to
 */
record StateFile(int version, String cluster, ClusterState state) {
  static final int VERSION = 1;

  StateFile {
    Objects.requireNonNull(cluster);
    Objects.requireNonNull(state);
  }

  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  /** Null if there is none yet. */
  static @Nullable StateFile read(Path file) throws LocalException {
    if (!Files.exists(file)) {
      return null;
    }
    String text = AtomicFile.read(file);
    try {
      int version = JSON.readTree(text).path("version").asInt(0);
      if (version != VERSION) {
        throw new LocalException(
            file
                + ": version "
                + version
                + " is not known to this program (it knows "
                + VERSION
                + "); use the program that wrote it, or another --dir");
      }
      return JSON.readValue(text, StateFile.class);
    } catch (JsonProcessingException e) {
      throw new LocalException(
          file + ": is damaged; restore it from a backup, or use another --dir", e);
    }
  }

  static String text(Object value) {
    try {
      return JSON.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
