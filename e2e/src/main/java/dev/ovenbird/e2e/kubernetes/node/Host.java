package dev.ovenbird.e2e.kubernetes.node;

/**
 * A node as people see it.
 *
 * @param name as Kubernetes knows it
 * @param address its InternalIP
 */
public record Host(String name, String address) {
  @Override
  public String toString() {
    return name + " (" + address + ")";
  }
}
