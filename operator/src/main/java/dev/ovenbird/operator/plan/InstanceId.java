package dev.ovenbird.operator.plan;

/** A lane on a node; as text {@code node/lane}, which never changes: profiles hash it. */
public record InstanceId(String node, int lane) {
  @Override
  public String toString() {
    return node + "/" + lane;
  }
}
