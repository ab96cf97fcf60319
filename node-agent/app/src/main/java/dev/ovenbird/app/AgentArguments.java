package dev.ovenbird.app;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.log.LogFormat;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The agent's command line. Parsed by hand: a library took a quarter of the time in which a killed
 * agent is back, as its classes are of a format too old for the AOT cache.
 *
 * @param source where its configuration comes from, or what else it is to do
 * @param path of the configuration, or of the rehearsal's folder; empty if the source has none
 * @param fromFiles a rehearsal of what agents of local mode do, without an API server
 */
record AgentArguments(
    Source source, Path path, boolean fromFiles, LogFormat logFormat, String logLevel) {
  static final String HELP =
      """
      Runs one instance of an Ovenbird cluster.

      agent --config FILE   from an InstanceConfig
      agent --cluster       from the Kubernetes API, as the environment says; in the operator's pods
      agent --help | --version

        --log-format FORMAT   human (default) or json
        --log-level LEVEL     error, warn, info (default), debug or trace""";

  /** Exactly one of them is asked for. */
  enum Source {
    CONFIG,
    CLUSTER,
    /** Starts and serves one client on loopback, for an image's AOT cache. */
    REHEARSAL,
    HELP,
    VERSION
  }

  static AgentArguments parse(String... words) throws ConfigException {
    Source source = null;
    Path path = Path.of("");
    boolean fromFiles = false;
    LogFormat logFormat = LogFormat.human;
    String logLevel = "info";
    for (int i = 0; i < words.length; i++) {
      int equals = words[i].startsWith("--") ? words[i].indexOf('=') : -1;
      String option = equals < 0 ? words[i] : words[i].substring(0, equals);
      Source asked = source(option);
      boolean takesValue =
          switch (option) {
            case "--config", "--rehearse", "--log-format", "--log-level" -> true;
            default -> false;
          };
      String value = "";
      if (takesValue && equals < 0) {
        i++;
        if (i == words.length) {
          throw refused(option + " takes a value");
        }
        value = words[i];
      } else if (takesValue) {
        value = words[i].substring(equals + 1);
      } else if (equals >= 0) {
        throw refused(option + " takes no value");
      }
      if (asked != null) {
        if (source != null) {
          throw refused("one of --config FILE, --cluster is enough");
        }
        source = asked;
        path = Path.of(value);
      } else {
        switch (option) {
          case "--from-files" -> fromFiles = true;
          case "--log-format" -> logFormat = format(value);
          case "--log-level" -> logLevel = value;
          default -> throw refused("unknown option '" + option + "'");
        }
      }
    }
    if (source == null) {
      throw refused("needs --config FILE or --cluster");
    }
    return new AgentArguments(source, path, fromFiles, logFormat, logLevel);
  }

  private static @Nullable Source source(String option) {
    return switch (option) {
      case "--config" -> Source.CONFIG;
      case "--cluster" -> Source.CLUSTER;
      case "--rehearse" -> Source.REHEARSAL;
      case "--help", "-h" -> Source.HELP;
      case "--version", "-V" -> Source.VERSION;
      default -> null;
    };
  }

  private static LogFormat format(String text) throws ConfigException {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "human" -> LogFormat.human;
      case "json" -> LogFormat.json;
      default -> throw refused("--log-format is human or json, not '" + text + "'");
    };
  }

  private static ConfigException refused(String why) {
    return new ConfigException(why + "; see --help");
  }
}
