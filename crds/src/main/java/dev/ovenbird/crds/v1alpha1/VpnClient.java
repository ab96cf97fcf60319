package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One identity, a person's device, that may connect to a cluster. */
@JsonClassDescription(
    "One identity, a person's device, that may connect to a VpnCluster of its namespace.")
@Group("ovenbird.dev")
@Version("v1alpha1")
@Kind("VpnClient")
@Singular("vpnclient")
@Plural("vpnclients")
@ShortNames("vpncl")
@AdditionalPrinterColumn(name = "Cluster", jsonPath = ".spec.clusterRef.name")
@AdditionalPrinterColumn(name = "Address", jsonPath = ".spec.addresses[0]")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "ProfileCurrent",
    jsonPath = ".status.conditions[?(@.type==\"ProfileCurrent\")].status")
@AdditionalPrinterColumn(name = "Instance", jsonPath = ".status.session.instance")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "IPv6", jsonPath = ".spec.addresses[1]", priority = 1)
@AdditionalPrinterColumn(
    name = "LastConnected",
    jsonPath = ".status.lastConnectedTime",
    type = AdditionalPrinterColumn.Type.DATE,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalSelectableField(jsonPath = ".spec.clusterRef.name")
@ValidationRule(
    value = "self.metadata.name.size() <= 63",
    message = "metadata.name is the name in the certificate; give at most 63 characters")
public final class VpnClient extends CustomResource<VpnClientSpec, VpnClientStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
