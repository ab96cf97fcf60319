package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.StrictJson;
import dev.ovenbird.crds.instance.Roster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A roster's shards as they come. A shard that can't be read is as if it had not come: the last
 * good one stays, and nothing is merged before each has come once.
 */
final class RosterShards {
  private final String clusterUid;
  private final int count;
  private final TreeMap<Integer, Roster> shards = new TreeMap<>();

  RosterShards(String clusterUid, int count) {
    this.clusterUid = clusterUid;
    this.count = count;
  }

  /**
   * Takes a shard over.
   *
   * @param name of the ConfigMap, for the error
   * @param text the shard as JSON, null if the ConfigMap has none
   */
  void put(int shard, String name, @Nullable String text) throws ConfigException {
    Path source = Path.of("ConfigMap " + name);
    if (text == null) {
      throw new ConfigException(source + ": has no roster.json");
    }
    Roster roster = StrictJson.parse(source, text.getBytes(StandardCharsets.UTF_8), Roster.class);
    if (!roster.clusterUid().equals(clusterUid)) {
      throw new ConfigException(source + ": field clusterUid: is not " + clusterUid);
    }
    shards.put(shard, roster);
  }

  /** Which shards have not come yet. */
  String missing() {
    return IntStream.range(0, count)
        .filter(shard -> !shards.containsKey(shard))
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  /** All as one, as fresh as the oldest; null until each has come. */
  @Nullable Roster merged() {
    if (shards.size() < count) {
      return null;
    }
    List<Roster.Entry> clients = new ArrayList<>();
    long generation = 0;
    long renderedAtSeconds = Long.MAX_VALUE;
    for (Roster shard : shards.values()) {
      clients.addAll(shard.clients());
      generation += shard.generation();
      renderedAtSeconds = Math.min(renderedAtSeconds, shard.renderedAtSeconds());
    }
    return new Roster(clusterUid, generation, renderedAtSeconds, clients);
  }
}
