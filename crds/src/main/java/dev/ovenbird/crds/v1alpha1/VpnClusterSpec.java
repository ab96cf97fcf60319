package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.ClientToClient;
import dev.ovenbird.crds.instance.InstanceConfig.Egress;
import dev.ovenbird.crds.schema.ListKey;
import dev.ovenbird.crds.schema.Network;
import dev.ovenbird.crds.schema.TunnelNetwork;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What a cluster is to be; what is left out has the default named in the CRD. */
@ValidationRule(
    value =
        "!has(self.listeners) || self.listeners.all(l,"
            + " !has(l.lanes) || l.lanes.all(lane, lane < self.instances.perNode))",
    fieldPath = ".listeners",
    message = "name a lane that does not exist; give 0 to instances.perNode - 1")
@ValidationRule(
    value =
        "!has(self.listeners) || self.listeners.exists(l, !has(l.lanes)) || "
            + VpnClusterSpec.EVERY_LANE
            + ".all(lane, lane >= self.instances.perNode"
            + " || self.listeners.exists(l, lane in l.lanes))",
    fieldPath = ".listeners",
    message = "leave a lane without any; let one name it")
@ValidationRule(
    value =
        "!has(self.listeners) || self.listeners.all(l, has(l.lanes)"
            + " ? l.lanes.all(lane, l.port + lane <= 65535)"
            + " : l.port + self.instances.perNode <= 65536)",
    fieldPath = ".listeners",
    message =
        "have a lane that would listen beyond port 65535; take a port that leaves room for every"
            + " lane")
@ValidationRule(
    value =
        "!has(self.listeners) || self.listeners.all(a, self.listeners.all(b, a.name == b.name"
            + " || a.protocol != b.protocol"
            + " || (has(a.addresses) && a.addresses.size() > 0 && has(b.addresses)"
            + " && b.addresses.size() > 0 && !a.addresses.exists(x, x in b.addresses))"
            + " || (has(a.lanes)"
            + " ? a.lanes.all(lane, has(b.lanes) ? !((a.port + lane - b.port) in b.lanes)"
            + " : a.port + lane < b.port || a.port + lane >= b.port + self.instances.perNode)"
            + " : has(b.lanes) ? true"
            + " : a.port + self.instances.perNode <= b.port"
            + " || b.port + self.instances.perNode <= a.port)))",
    fieldPath = ".listeners",
    message = "would listen twice on one port, as lane i takes port + i; take other ports")
@ValidationRule(
    value =
        "!has(self.endpoints.hosts) || self.endpoints.hosts.all(h, !has(self.listeners)"
            + " ? 1194 + h.portOffset >= 1"
            + " && 1194 + h.portOffset + self.instances.perNode <= 65536"
            + " : self.listeners.all(l, has(l.lanes)"
            + " ? l.lanes.all(lane, l.port + h.portOffset + lane >= 1"
            + " && l.port + h.portOffset + lane <= 65535)"
            + " : l.port + h.portOffset >= 1"
            + " && l.port + h.portOffset + self.instances.perNode <= 65536))",
    fieldPath = ".endpoints.hosts",
    message = "have a portOffset that moves a listener out of 1 to 65535; take another")
@ValidationRule(
    value =
        "!(self.push.defaultRoute in ['IPv6', 'DualStack'])"
            + " || self.networkCIDRs.exists(c, !isCIDR(c) || cidr(c).ip().family() == 6)",
    fieldPath = ".push.defaultRoute",
    messageExpression =
        "self.push.defaultRoute"
            + " + ' needs an IPv6 network; add one to spec.networkCIDRs or write IPv4'")
public record VpnClusterSpec(
    @Required
        @Size(min = 1, max = 2)
        @ValidationRule(
            value = "self == oldSelf",
            reason = "FieldValueForbidden",
            message = "is in every profile and address that was given out; make a new cluster")
        @ValidationRule(
            value = "self.exists(c, !isCIDR(c) || cidr(c).ip().family() == 4)",
            message = "has no IPv4 network; add one such as 10.88.0.0/16")
        @ValidationRule(
            value =
                "self.size() < 2 || !isCIDR(self[0]) || !isCIDR(self[1])"
                    + " || cidr(self[0]).ip().family() != cidr(self[1]).ip().family()",
            message = "has two networks of one family; give one IPv4, one IPv6")
        @ValidationRule(
            value =
                "self.all(six, self.all(four, !isCIDR(six) || !isCIDR(four)"
                    + " || cidr(six).ip().family() != 6 || cidr(four).ip().family() != 4"
                    + " || 128 - cidr(six).prefixLength() >= 32 - cidr(four).prefixLength()))",
            message = "has fewer IPv6 addresses than IPv4 addresses; give a /64 for IPv6")
        @JsonPropertyDescription(
            "One IPv4 network and at most one IPv6 network that tunnel addresses come from. The"
                + " first address of each is the gateway, the same on every instance. Immutable.")
        List<@Size(min = 1, max = 43) @Network @TunnelNetwork String> networkCIDRs,
    @Default("{}") @JsonPropertyDescription("How many instances run where.") Instances instances,
    @Size(min = 1, max = 16)
        @ListKey("name")
        @JsonPropertyDescription("What instances listen on; UDP port 1194 if left out.")
        List<Listener> listeners,
    @Default("{}") @JsonPropertyDescription("How clients reach an instance.") Endpoints endpoints,
    @Default("{}") @JsonPropertyDescription("What clients are told when they connect.") Push push,
    @Default("{}") @JsonPropertyDescription("What clients may reach through the tunnel.")
        Access access,
    @Default("Masquerade")
        @JsonPropertyDescription(
            "Masquerade: packets leave with the node's address. Routed: with the client's own.")
        Egress egress,
    @Default("Deny")
        @JsonPropertyDescription("Whether clients of the cluster may reach each other.")
        ClientToClient clientToClient,
    @Default("{}") @JsonPropertyDescription("The certificate authority and the clients' keys.")
        Pki pki,
    @Default("{}") @JsonPropertyDescription("Control channel and data ciphers.") Tls tls,
    @Default("{}") @JsonPropertyDescription("What clients need besides their certificate.")
        Authentication authentication,
    @Default("{}") @JsonPropertyDescription("How fast either side notices that the other is gone.")
        Keepalive keepalive,
    @Default("{}") @JsonPropertyDescription("The generated profiles.") Profile profile,
    @Default("{}") @JsonPropertyDescription("Limits of each instance.") Limits limits,
    @Default("1500")
        @Min(1280)
        @Max(1500)
        @JsonPropertyDescription(
            "Longest packet inside the tunnel, bytes: the instances' devices have it, and clients"
                + " that take it are told so when they connect. Others keep 1500.")
        Integer mtu) {

  /** As CEL, which has no ranges: the lanes that perNode's bound admits. */
  static final String EVERY_LANE =
      "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63]";

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
    authentication = authentication == null ? Authentication.DEFAULT : authentication;
    keepalive = keepalive == null ? Keepalive.DEFAULT : keepalive;
    profile = profile == null ? Profile.DEFAULT : profile;
    limits = limits == null ? Limits.DEFAULT : limits;
    mtu = mtu == null ? 1500 : mtu;
  }
}
