package dev.ovenbird.crds.instance;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect to a cluster's instances.
 *
 * @param clusterUid the cluster, as in the certificates' SAN URI
 * @param generation grows with every change
 * @param renderedAtSeconds Unix time at which the operator last vouched for it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Roster(
    String clusterUid, long generation, long renderedAtSeconds, List<Entry> clients) {

  /**
   * One client.
   *
   * @param uid UID of the VpnClient, as in SAN URI and wrapped client key
   * @param serials accepted certificate serials, lower-case hex without leading zeros
   * @param addresses its tunnel addresses, IPv4 first
   * @param suspended whether it is told AUTH_FAILED
   * @param notAfterSeconds when its access ends, Unix seconds
   * @param routedCIDRs networks behind the client, canonical; null = none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entry(
      String uid,
      String name,
      List<String> serials,
      List<String> addresses,
      boolean suspended,
      @Nullable Long notAfterSeconds,
      @Nullable List<String> routedCIDRs) {
    /** With nothing behind it. */
    public Entry(
        String uid,
        String name,
        List<String> serials,
        List<String> addresses,
        boolean suspended,
        @Nullable Long notAfterSeconds) {
      this(uid, name, serials, addresses, suspended, notAfterSeconds, null);
    }
  }
}
