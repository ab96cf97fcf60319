package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import java.util.ArrayList;
import java.util.List;

/** Which changes of a configuration a running agent cannot follow. */
public final class RestartFields {
  private RestartFields() {}

  /** Names of the fields that differ and need a new process; empty if none. */
  public static List<String> changed(InstanceConfig before, InstanceConfig after) {
    List<String> fields = new ArrayList<>();
    differ(fields, "namespace", before.namespace(), after.namespace());
    differ(fields, "clusterName", before.clusterName(), after.clusterName());
    differ(fields, "clusterUid", before.clusterUid(), after.clusterUid());
    differ(fields, "node", before.node(), after.node());
    differ(fields, "lane", before.lane(), after.lane());
    differ(fields, "tunName", before.tunName(), after.tunName());
    differ(fields, "network", before.network(), after.network());
    differ(fields, "listeners", before.listeners(), after.listeners());
    differ(fields, "egress", before.egress(), after.egress());
    differ(fields, "limits.maxClients", before.limits().maxClients(), after.limits().maxClients());
    differ(fields, "files", before.files(), after.files());
    differ(
        fields,
        "controlSocket",
        String.valueOf(before.controlSocket()),
        String.valueOf(after.controlSocket()));
    differ(
        fields,
        "httpAddress",
        String.valueOf(before.httpAddress()),
        String.valueOf(after.httpAddress()));
    return fields;
  }

  private static void differ(List<String> fields, String name, Object before, Object after) {
    if (!before.equals(after)) {
      fields.add(name);
    }
  }
}
