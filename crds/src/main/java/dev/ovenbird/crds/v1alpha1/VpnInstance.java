package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One instance: a lane on a node. The operator makes it, people read it. */
@JsonClassDescription(
    "One instance of a VpnCluster: a lane on a node. The operator makes it, people read it.")
@Group("ovenbird.dev")
@Version("v1alpha1")
@Kind("VpnInstance")
@Singular("vpninstance")
@Plural("vpninstances")
@ShortNames("vpni")
@AdditionalPrinterColumn(name = "Cluster", jsonPath = ".spec.clusterRef.name")
@AdditionalPrinterColumn(name = "Node", jsonPath = ".spec.nodeName")
@AdditionalPrinterColumn(
    name = "Lane",
    jsonPath = ".spec.lane",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.mode")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Sessions",
    jsonPath = ".status.sessionCount",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "ClusterNamespace",
    jsonPath = ".spec.clusterRef.namespace",
    priority = 1)
@AdditionalPrinterColumn(name = "CarriedOut", jsonPath = ".status.mode", priority = 1)
@AdditionalPrinterColumn(
    name = "Reported",
    jsonPath = ".status.lastReportTime",
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
@AdditionalSelectableField(jsonPath = ".spec.nodeName")
public final class VpnInstance extends CustomResource<VpnInstanceSpec, VpnInstanceStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
