package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import java.nio.file.Path;

/** Reads the instance's configuration. */
public final class ConfigFile {
  private ConfigFile() {}

  /** Reads, parses and checks; on any error nothing is returned. */
  public static InstanceConfig read(Path file) throws ConfigException {
    InstanceConfig config = StrictJson.parse(file, StrictJson.bytes(file), InstanceConfig.class);
    ConfigCheck.check(file, config);
    return config;
  }
}
