package dev.ovenbird.e2e.bench;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Connected clients as instances report them: most stay where they are, some move on with every
 * round of reports.
 */
final class RestingClients implements Function<VpnInstance, List<VpnInstanceStatus.Session>> {
  private final List<Map.Entry<String, String>> clients;
  private final int moving;
  private final Duration round;
  private final Supplier<List<VpnInstance>> instances;
  private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  /**
   * @param uids clients' UIDs by name
   * @param moving how many of them move
   */
  RestingClients(
      Map<String, String> uids, int moving, Duration round, Supplier<List<VpnInstance>> instances) {
    this.clients = List.copyOf(new TreeMap<>(uids).entrySet());
    this.moving = moving;
    this.round = round;
    this.instances = instances;
  }

  @Override
  public List<VpnInstanceStatus.Session> apply(VpnInstance instance) {
    List<String> names =
        instances.get().stream().map(it -> it.getMetadata().getName()).sorted().toList();
    int here = names.indexOf(instance.getMetadata().getName());
    long rounds = Duration.between(start, Instant.now()).dividedBy(round);
    List<VpnInstanceStatus.Session> sessions = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      boolean moves = i < moving;
      if ((i + (moves ? rounds : 0)) % names.size() == here) {
        Instant since = moves ? start.plus(round.multipliedBy(rounds)) : start;
        sessions.add(
            new VpnInstanceStatus.Session(
                clients.get(i).getValue(), clients.get(i).getKey(), since.toString()));
      }
    }
    return sessions;
  }
}
