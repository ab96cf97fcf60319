package dev.ovenbird.operator.profile;

import dev.ovenbird.operator.plan.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Which remotes each client's profile lists. */
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
    Map<String, List<Remote>> remotes = new HashMap<>();
    if (endpoints.isEmpty()) {
      clientUids.forEach(uid -> remotes.put(uid, List.of()));
      return remotes;
    }
    Map<String, String> first = Rendezvous.first(clientUids, endpoints.keySet());
    for (String uid : clientUids) {
      List<String> ranked = new ArrayList<>(Rendezvous.ranked(uid, endpoints.keySet()));
      String head = first.get(uid);
      if (head != null) {
        ranked.remove(head);
        ranked.addFirst(head);
      }
      remotes.put(uid, RemoteOrder.of(ranked, endpoints, maxRemotes));
    }
    return remotes;
  }
}
