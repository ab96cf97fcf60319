package dev.ovenbird.crds.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A VPN: its networks, where its instances run and what its clients get. */
@Group("ovenbird.dev")
@Version("v1alpha1")
@Kind("VpnCluster")
@Singular("vpncluster")
@Plural("vpnclusters")
@ShortNames("vpnc")
@AdditionalPrinterColumn(
    name = "Instances",
    jsonPath = ".status.instances",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.readyInstances",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Clients",
    jsonPath = ".status.clients",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class VpnCluster extends CustomResource<VpnClusterSpec, VpnClusterStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
