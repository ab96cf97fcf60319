package dev.ovenbird.operator.local;

import dev.ovenbird.operator.local.ClusterFiles.Applied;
import dev.ovenbird.operator.plan.ClusterState.ClientState;
import dev.ovenbird.operator.resolve.ResolvedClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a change of the file means for people, one line each. */
final class ClientChanges {
  private ClientChanges() {}

  static List<String> between(Applied before, Applied after, StateFolder folder) {
    Map<String, ResolvedClient> then = byName(before);
    Map<String, ResolvedClient> now = byName(after);
    List<String> lines = new ArrayList<>();
    for (ResolvedClient client : after.cluster().clients()) {
      String name = client.name();
      ResolvedClient was = then.get(name);
      String addresses = String.join(", ", state(after, name).addresses());
      if (was == null) {
        lines.add(
            "Client " + name + " is new: " + addresses + ", profile " + folder.shownProfile(name));
      } else if (was.suspended() != client.suspended()) {
        lines.add(
            "Client " + name + (client.suspended() ? " is suspended." : " may connect again."));
      } else if (!Objects.equals(was.notAfter(), client.notAfter())) {
        lines.add(
            "Client "
                + name
                + (client.notAfter() == null ? " has no end." : " ends at " + client.notAfter()));
      } else if (!state(before, name).equals(state(after, name))) {
        lines.add("Client " + name + " has new addresses: " + addresses);
      }
    }
    for (String name : then.keySet()) {
      if (!now.containsKey(name)) {
        lines.add("Client " + name + " is removed, and its profile with it.");
      }
    }
    return lines;
  }

  private static ClientState state(Applied applied, String name) {
    return Objects.requireNonNull(applied.state().clients().get(name), name);
  }

  private static Map<String, ResolvedClient> byName(Applied applied) {
    return applied.cluster().clients().stream()
        .collect(Collectors.toMap(ResolvedClient::name, Function.identity()));
  }
}
