package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which instance it is and what it should do now. */
@ValidationRule(
    value =
        "self.clusterRef == oldSelf.clusterRef && self.nodeName == oldSelf.nodeName"
            + " && self.lane == oldSelf.lane",
    reason = "FieldValueForbidden",
    message = "changes what the instance is, but only mode may change; make another VpnInstance")
public record VpnInstanceSpec(
    @Required @JsonPropertyDescription("The VpnCluster that it belongs to.")
        ClusterReference clusterRef,
    @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The node that it runs on.")
        String nodeName,
    @Required
        @Min(0)
        @Max(63)
        @JsonPropertyDescription("Which of the node's instances of this cluster it is.")
        Integer lane,
    @Default("Serve")
        @JsonPropertyDescription(
            "Serve: takes clients. Drain: sends its clients to other instances and takes no new"
                + " ones. Retire: removes all that it made on the node and reports that it has.")
        Mode mode) {
  public VpnInstanceSpec {
    mode = mode == null ? Mode.Serve : mode;
  }

  /** A VpnCluster of any namespace; the UID tells a recreated one from the old. */
  public record ClusterReference(
      @Required @Size(min = 1, max = 63) @JsonPropertyDescription("The cluster's namespace.")
          String namespace,
      @Required @Size(min = 1, max = 63) @JsonPropertyDescription("The cluster's name.")
          String name,
      @Required @Size(min = 1, max = 36) @JsonPropertyDescription("The cluster's UID.")
          String uid) {}

  /** What an instance should do. */
  public enum Mode {
    Serve,
    Drain,
    Retire
  }
}
