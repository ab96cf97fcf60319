package dev.ovenbird.e2e.operator.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.List;

/** Keeps what a condition of a client was said to be, one after the other. */
record ConditionLog(String type, List<String> said) implements ResourceEventHandler<VpnClient> {
  @Override
  public void onAdd(VpnClient client) {
    note(client);
  }

  @Override
  public void onUpdate(VpnClient before, VpnClient after) {
    note(after);
  }

  @Override
  public void onDelete(VpnClient client, boolean unknown) {}

  private void note(VpnClient client) {
    Condition condition = ClientStage.condition(client, type);
    String now = condition == null ? "" : condition.getStatus() + " " + condition.getReason();
    if (condition != null && (said.isEmpty() || !said.getLast().equals(now))) {
      said.add(now);
    }
  }
}
