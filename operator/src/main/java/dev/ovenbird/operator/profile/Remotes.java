package dev.ovenbird.operator.profile;

import dev.ovenbird.operator.plan.Endpoint;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Which remotes each client's profile lists, without regard to what was before. */
public final class Remotes {
  private Remotes() {}

  /**
   * Remotes of all clients: they must be planned together, so that each instance is the first of
   * its share.
   *
   * @param endpoints by instance; instances without endpoints left out
   * @return by client UID; empty lists if there is no endpoint at all
   */
  public static Map<String, List<Remote>> assign(
      Collection<String> clientUids, SortedMap<String, List<Endpoint>> endpoints, int maxRemotes) {
    Map<String, String> none = new HashMap<>();
    clientUids.forEach(uid -> none.put(uid, ""));
    RemotePlan plan = new RemotePlan(none, endpoints, maxRemotes);
    Map<String, List<Remote>> remotes = new HashMap<>();
    clientUids.forEach(uid -> remotes.put(uid, plan.remotes(uid)));
    return remotes;
  }
}
