package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.Endpoints;
import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;

/** What a cluster cannot have on one machine. */
final class LocalCheck {
  private LocalCheck() {}

  static void check(VpnClusterSpec spec, Problems problems) {
    Endpoints.Type type = spec.endpoints().type();
    if (type != Endpoints.Type.Auto && type != Endpoints.Type.Hosts) {
      problems.add(
          "spec.endpoints.type", type + " needs Kubernetes; on one machine write Auto or Hosts");
    }
    Pki.Ca ca = spec.pki().ca();
    if (ca.type() != Pki.CaType.Generated) {
      problems.add(
          "spec.pki.ca.type", ca.type() + " needs Kubernetes; on one machine write Generated");
    }
    Pki.SecretReference users = spec.authentication().passwords().secretRef();
    if (users != null && !users.name().matches("[a-z0-9]([-a-z0-9.]*[a-z0-9])?")) {
      problems.add(
          "spec.authentication.passwords.secretRef.name",
          "is no name; write lower-case letters, digits, dots and dashes");
    }
    if (ca.generation() != 1 || ca.oldestGeneration() != 1) {
      problems.add("spec.pki.ca.generation", "needs Kubernetes; on one machine leave it out");
    }
    Tls.ServerKey key = spec.tls().controlChannel().serverKey();
    if (key.generation() != 1 || key.oldestGeneration() != 1) {
      problems.add(
          "spec.tls.controlChannel.serverKey.generation",
          "needs Kubernetes; on one machine leave it out");
    }
  }
}
