package dev.ovenbird.operator.issue;

import dev.ovenbird.crds.instance.InstanceConfig;

/**
 * A tls-crypt-v2 server key of a cluster.
 *
 * @param pem as OpenVPN writes it
 */
public record ServerKey(int generation, String pem) {
  /** As agents read it, with its generation. */
  public String text() {
    return InstanceConfig.Files.GENERATION + generation + "\n" + pem;
  }

  @Override
  public String toString() {
    return "ServerKey generation " + generation;
  }
}
