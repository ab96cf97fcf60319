package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.ClientToClient;
import dev.ovenbird.crds.instance.InstanceConfig.Egress;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What a cluster is to be; what is left out has the default named in the CRD. */
public record VpnClusterSpec(
    @Required
        @Size(min = 1, max = 2)
        @JsonPropertyDescription(
            "One IPv4 network and at most one IPv6 network that tunnel addresses come from. The"
                + " first address of each is the gateway, the same on every instance. Immutable.")
        List<@Size(min = 1, max = 43) String> networkCIDRs,
    @JsonPropertyDescription("How many instances run where.") Instances instances,
    @Size(min = 1, max = 16)
        @JsonPropertyDescription("What instances listen on; UDP port 1194 if left out.")
        List<Listener> listeners,
    @JsonPropertyDescription("How clients reach an instance.") Endpoints endpoints,
    @JsonPropertyDescription("What clients are told when they connect.") Push push,
    @JsonPropertyDescription("What clients may reach through the tunnel.") Access access,
    @Default("Masquerade")
        @JsonPropertyDescription(
            "Masquerade: packets leave with the node's address. Routed: with the client's own.")
        Egress egress,
    @Default("Deny")
        @JsonPropertyDescription("Whether clients of the cluster may reach each other.")
        ClientToClient clientToClient,
    @JsonPropertyDescription("The certificate authority and the clients' keys.") Pki pki,
    @JsonPropertyDescription("Control channel and data ciphers.") Tls tls,
    @JsonPropertyDescription("How fast either side notices that the other is gone.")
        Keepalive keepalive,
    @JsonPropertyDescription("The generated profiles.") Profile profile,
    @JsonPropertyDescription("Limits of each instance.") Limits limits) {

  public VpnClusterSpec {
    networkCIDRs = networkCIDRs == null ? List.of() : List.copyOf(networkCIDRs);
    instances = instances == null ? Instances.DEFAULT : instances;
    listeners = listeners == null ? List.of(Listener.DEFAULT) : List.copyOf(listeners);
    endpoints = endpoints == null ? Endpoints.DEFAULT : endpoints;
    push = push == null ? Push.DEFAULT : push;
    access = access == null ? Access.DEFAULT : access;
    egress = egress == null ? Egress.Masquerade : egress;
    clientToClient = clientToClient == null ? ClientToClient.Deny : clientToClient;
    pki = pki == null ? Pki.DEFAULT : pki;
    tls = tls == null ? Tls.DEFAULT : tls;
    keepalive = keepalive == null ? Keepalive.DEFAULT : keepalive;
    profile = profile == null ? Profile.DEFAULT : profile;
    limits = limits == null ? Limits.DEFAULT : limits;
  }
}
