package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecord;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;

/** Records for external-dns, which has to be told to read this source ({@code crd}). */
@Group("externaldns.k8s.io")
@Version("v1alpha1")
@Kind("DNSEndpoint")
@Plural("dnsendpoints")
public final class DnsEndpoint extends CustomResource<DnsEndpoint.Spec, Void>
    implements Namespaced {
  private static final long serialVersionUID = 1;
  private static final long TTL_SECONDS = 60;

  /** Of one cluster, in the cluster's own namespace and under its name. */
  public static DnsEndpoint of(Owner owner, List<DnsRecord> records) {
    DnsEndpoint endpoint = named(owner);
    endpoint.setSpec(
        new Spec(
            records.stream()
                .map(
                    record ->
                        new Record(
                            record.name(), record.type().name(), TTL_SECONDS, record.addresses()))
                .toList()));
    return endpoint;
  }

  /** Without records, to be looked up. */
  public static DnsEndpoint named(Owner owner) {
    DnsEndpoint endpoint = new DnsEndpoint();
    endpoint.setMetadata(
        new ObjectMetaBuilder()
            .withName(owner.name())
            .withNamespace(owner.namespace())
            .withLabels(owner.labels("dns"))
            .build());
    return endpoint;
  }

  /** All records. */
  public record Spec(List<Record> endpoints) {}

  /** One name and type. */
  public record Record(String dnsName, String recordType, long recordTTL, List<String> targets) {}
}
