package dev.ovenbird.operator.issue;

/**
 * A tls-crypt-v2 server key of a cluster.
 *
 * @param pem as OpenVPN writes it
 */
public record ServerKey(int generation, String pem) {
  @Override
  public String toString() {
    return "ServerKey generation " + generation;
  }
}
