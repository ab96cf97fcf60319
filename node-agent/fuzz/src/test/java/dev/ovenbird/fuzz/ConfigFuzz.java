package dev.ovenbird.fuzz;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.StrictJson;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import java.nio.file.Path;

/** Configuration and roster files: read, or refused in one line that names the file. */
public final class ConfigFuzz {
  private static final Path FILE = Path.of("some.json");

  private ConfigFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    read(data, InstanceConfig.class);
    read(data, Roster.class);
  }

  private static <T extends Record> void read(byte[] data, Class<T> type) {
    try {
      StrictJson.parse(FILE, data, type);
    } catch (ConfigException refused) {
      String why = String.valueOf(refused.getMessage());
      Check.that(why.startsWith("some.json: "), "a reason without its file: " + why);
      Check.that(why.indexOf('\n') < 0, "a reason of several lines: " + why);
    }
  }
}
