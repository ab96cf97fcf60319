package dev.ovenbird.operator.reconcile.written;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.Claim;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** ConfigMaps with claims: address → {@link Claim#text}. */
public final class ClaimMaps {
  public static final String COMPONENT = "claims";

  private ClaimMaps() {}

  public static boolean isOne(ConfigMap map) {
    return COMPONENT.equals(Marks.label(map, Marks.COMPONENT));
  }

  /** Claims by number of the address; what is no address of the networks is left out. */
  public static SortedMap<Integer, Claim> claims(ConfigMap map, TunnelNetworks networks) {
    TreeMap<Integer, Claim> claims = new TreeMap<>();
    if (map.getData() != null) {
      map.getData()
          .forEach(
              (text, claim) -> {
                IpAddress address = IpAddress.parse(text);
                if (address != null && networks.ipv4().contains(address)) {
                  claims.put(AddressClaims.number(networks, address), Claim.parse(claim));
                }
              });
    }
    return claims;
  }

  public static Map<String, String> data(
      SortedMap<Integer, Claim> claims, TunnelNetworks networks) {
    Map<String, String> data = new TreeMap<>();
    claims.forEach(
        (number, claim) ->
            data.put(AddressClaims.address(networks, number).toString(), claim.text()));
    return data;
  }

  /** Index of the block that this ConfigMap is; -1 if it is none. */
  public static int block(ConfigMap map, String clusterUid) {
    String name = map.getMetadata().getName();
    int dash = name.lastIndexOf('-');
    String digits = name.substring(dash + 1);
    if (!digits.matches("[0-9]{1,7}")) {
      return -1;
    }
    int index = Integer.parseInt(digits);
    return ObjectNames.of(clusterUid).claims(index).equals(name) ? index : -1;
  }
}
