package dev.ovenbird.operator.plan;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What was given out once and stays: identities, addresses and accepted certificates.
 *
 * @param clusterUid lower-case UUID
 * @param networkCIDRs the networks that the addresses are from
 * @param clients by name
 */
public record ClusterState(
    String clusterUid, List<String> networkCIDRs, Map<String, ClientState> clients) {
  public ClusterState {
    Objects.requireNonNull(clusterUid);
    networkCIDRs = List.copyOf(networkCIDRs);
    clients = Map.copyOf(clients);
  }

  /**
   * One client.
   *
   * @param uid lower-case UUID; a client that is removed and added again gets another
   * @param addresses IPv4 first
   * @param serials accepted certificates, lower-case hex without leading zeros
   */
  public record ClientState(String uid, List<String> addresses, List<String> serials) {
    public ClientState {
      Objects.requireNonNull(uid);
      addresses = List.copyOf(addresses);
      serials = List.copyOf(serials);
    }

    public ClientState withSerials(List<String> accepted) {
      return new ClientState(uid, addresses, List.copyOf(accepted));
    }
  }
}
