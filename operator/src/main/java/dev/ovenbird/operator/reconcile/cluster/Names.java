package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.Endpoints.Records;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecord;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.kubernetes.DnsEndpoint;
import dev.ovenbird.operator.plan.kubernetes.DnsSlots;
import dev.ovenbird.operator.plan.kubernetes.Owner;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.status.ApiFailure;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records behind the names of endpoints.type DNS: in status, or as a DNSEndpoint. */
final class Names {
  private final OperatorContext context;
  private final Owner owner;
  private final VpnClusterSpec spec;
  private final List<DnsRecord> records;

  /**
   * @param slots null without endpoints.type DNS
   */
  Names(
      OperatorContext context,
      Owner owner,
      VpnClusterSpec spec,
      @Nullable DnsSlots slots,
      List<Node> nodes) {
    this.context = context;
    this.owner = owner;
    this.spec = spec;
    records = slots == null ? List.of() : slots.records(nodes);
  }

  /** Also with a DNSEndpoint: people want to see what they should find in DNS. */
  List<DnsRecord> records() {
    return records;
  }

  /** What came of it; null without names. */
  @Nullable Verdict publish() {
    if (spec.endpoints().dns() == null) {
      return null;
    } else if (!isByEndpoint()) {
      return Verdict.good("ListedInStatus", "make the records of status.dnsRecords");
    } else if (records.isEmpty()) {
      return Verdict.bad("NoNodes", "no node that the names could lead to");
    }
    try {
      context.applier().apply(DnsEndpoint.of(owner, records), null);
      return Verdict.good("DNSEndpoint", "DNSEndpoint " + owner.name() + " has the records");
    } catch (ForeignObjectException e) {
      return Verdict.bad("ForeignObject", String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Verdict.bad(
            "DNSEndpointMissing",
            "the API server knows no dnsendpoints.externaldns.k8s.io; install external-dns with"
                + " its CRD, or write spec.endpoints.dns.records: Status");
      }
      Verdict verdict = ApiFailure.verdict(e);
      if (verdict == null) {
        throw e;
      }
      return verdict;
    }
  }

  /** Takes a DNSEndpoint away that the spec no longer asks for. */
  void endUnwanted() {
    if (!isByEndpoint()) {
      end(context, owner);
    }
  }

  /** Takes the cluster's DNSEndpoint away, if the operator made one. */
  static void end(OperatorContext context, Owner owner) {
    DnsEndpoint actual;
    try {
      actual = context.client().resource(DnsEndpoint.named(owner)).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return; // Then it made none.
      }
      throw e;
    }
    if (actual != null) {
      context.applier().delete(actual);
    }
  }

  private boolean isByEndpoint() {
    var dns = spec.endpoints().dns();
    return dns != null && dns.records() == Records.DNSEndpoint;
  }
}
