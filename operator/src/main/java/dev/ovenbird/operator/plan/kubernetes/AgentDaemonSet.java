package dev.ovenbird.operator.plan.kubernetes;

import static dev.ovenbird.operator.plan.kubernetes.AgentLayout.CONTROL_SOCKET;
import static dev.ovenbird.operator.plan.kubernetes.AgentLayout.POD;
import static dev.ovenbird.operator.plan.kubernetes.AgentLayout.ROOT;
import static dev.ovenbird.operator.plan.kubernetes.AgentLayout.STATE;

import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.plan.ServerName;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.CapabilitiesBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pods of one lane. They declare no ports: with hostNetwork those would be the node's, and the
 * successor of a pod could not be placed beside it.
 */
final class AgentDaemonSet {
  private static final int PRIVILEGED_PORTS = 1024;
  private static final long TOKEN_SECONDS = 3600;
  private static final long GRACE_SECONDS = 30;
  private static final String CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount";

  private final Owner owner;
  private final VpnClusterSpec spec;
  private final AgentPods pods;
  private final int lane;
  private final int rosters;

  /**
   * @param rosters how many shards the roster has
   */
  AgentDaemonSet(Owner owner, VpnClusterSpec spec, AgentPods pods, int lane, int rosters) {
    this.owner = owner;
    this.spec = spec;
    this.pods = pods;
    this.lane = lane;
    this.rosters = rosters;
  }

  DaemonSet render() {
    Map<String, String> selector =
        Map.of(Marks.CLUSTER_UID, owner.uid(), Marks.LANE, String.valueOf(lane));
    return new DaemonSetBuilder()
        .withMetadata(owner.metadata(owner.names().daemonSet(lane), "agent", lane))
        .withNewSpec()
        .withRevisionHistoryLimit(3)
        .withNewSelector()
        .withMatchLabels(selector)
        .endSelector()
        .withNewUpdateStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxSurge(new IntOrString(1))
        .withMaxUnavailable(new IntOrString(0))
        .endRollingUpdate()
        .endUpdateStrategy()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(owner.labels("agent", lane))
        .withAnnotations(annotations())
        .endMetadata()
        .withSpec(pod())
        .endTemplate()
        .endSpec()
        .build();
  }

  private Map<String, String> annotations() {
    Integer port = spec.instances().metricsPort();
    return port == null ? Map.of() : Map.of(AgentLayout.METRICS_PORT, String.valueOf(port + lane));
  }

  private PodSpec pod() {
    return new PodSpecBuilder()
        .withServiceAccountName(owner.names().agents())
        .withAutomountServiceAccountToken(false)
        .withHostNetwork(true)
        .withDnsPolicy("ClusterFirstWithHostNet")
        .withPriorityClassName(pods.priorityClass().isEmpty() ? null : pods.priorityClass())
        .withImagePullSecrets(pods.pullSecrets().stream().map(LocalObjectReference::new).toList())
        .withTerminationGracePeriodSeconds(GRACE_SECONDS)
        .withNodeSelector(spec.instances().nodeSelector())
        .withTolerations(spec.instances().tolerations())
        .withNewSecurityContext()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withContainers(container())
        .withVolumes(volumes())
        .build();
  }

  private Container container() {
    return new ContainerBuilder()
        .withName("agent")
        .withImage(pods.image())
        .withImagePullPolicy(pods.pullPolicy())
        .withEnv(environment())
        .withResources(resources(spec.instances().resources()))
        .withVolumeMounts(mounts())
        .withStartupProbe(probe("live", 1, 120))
        .withReadinessProbe(probe("status", 2, 3))
        .withLivenessProbe(probe("live", 10, 6))
        .withNewSecurityContext()
        .withRunAsUser(0L)
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withCapabilities(capabilities())
        .endSecurityContext()
        .build();
  }

  private Capabilities capabilities() {
    boolean low =
        spec.listeners().stream()
            .anyMatch(
                listener ->
                    (listener.lanes() == null || listener.lanes().contains(lane))
                        && listener.port() + lane < PRIVILEGED_PORTS);
    return new CapabilitiesBuilder()
        .withDrop("ALL")
        .withAdd(low ? List.of("NET_ADMIN", "NET_BIND_SERVICE") : List.of("NET_ADMIN"))
        .build();
  }

  /** The agent derives no names: what it reads and writes is told here. */
  private List<EnvVar> environment() {
    List<EnvVar> environment =
        new ArrayList<>(
            List.of(
                field("NODE_NAME", "spec.nodeName"),
                field("HOST_IP", "status.hostIP"),
                field("POD_NAME", "metadata.name"),
                value("OVENBIRD_AGENTS_NAMESPACE", owner.agentsNamespace()),
                value("OVENBIRD_CLUSTER_NAMESPACE", owner.namespace()),
                value("OVENBIRD_CLUSTER", owner.name()),
                value("OVENBIRD_CLUSTER_UID", owner.uid()),
                value("OVENBIRD_SERVER_NAME", ServerName.of(owner.uid())),
                value("OVENBIRD_LANE", String.valueOf(lane)),
                value("OVENBIRD_CONFIG_MAP", owner.names().config(lane)),
                value("OVENBIRD_ROSTER_PREFIX", owner.names().agents() + "-roster-"),
                value("OVENBIRD_ROSTER_SHARDS", String.valueOf(rosters)),
                value("OVENBIRD_KEYS_SECRET", owner.names().serverKeys()),
                value("OVENBIRD_STATE_FOLDER", STATE),
                value("OVENBIRD_CONTROL_SOCKET", CONTROL_SOCKET),
                // The node's name is put in by Kubernetes.
                value(
                    "OVENBIRD_INSTANCE",
                    ObjectNames.instance(owner.namespace(), owner.name(), lane, "$(NODE_NAME)"))));
    if (spec.instances().hasSpare()) {
      // Never empty: the API server leaves an empty value out, so that it would be written again.
      environment.add(value("OVENBIRD_SUPERVISOR_OPTIONS", "--spare"));
    }
    return environment;
  }

  private ResourceRequirements resources(@Nullable ResourceRequirements ofCluster) {
    ResourceRequirements wanted = ofCluster == null ? pods.resources() : ofCluster;
    Map<String, Quantity> limits =
        new HashMap<>(wanted.getLimits() == null ? Map.of() : wanted.getLimits());
    limits.remove("cpu"); // A limit holds packets back; what is requested is what matters.
    return new ResourceRequirementsBuilder(wanted).withLimits(limits).build();
  }

  private static Probe probe(String request, int periodSeconds, int failures) {
    return new ProbeBuilder()
        .withNewExec()
        .withCommand("/opt/ovenbird/bin/agent", "probe", request)
        .endExec()
        .withPeriodSeconds(periodSeconds)
        .withTimeoutSeconds(5)
        .withFailureThreshold(failures)
        .withSuccessThreshold(1)
        .build();
  }

  private List<VolumeMount> mounts() {
    return List.of(
        new VolumeMountBuilder().withName("tun").withMountPath("/dev/net/tun").build(),
        new VolumeMountBuilder().withName("state").withMountPath(STATE).build(),
        new VolumeMountBuilder().withName("pod").withMountPath(POD).withSubPath("run").build(),
        new VolumeMountBuilder().withName("pod").withMountPath("/tmp").withSubPath("tmp").build(),
        new VolumeMountBuilder()
            .withName("credentials")
            .withMountPath(CREDENTIALS)
            .withReadOnly(true)
            .build());
  }

  private List<Volume> volumes() {
    return List.of(
        new VolumeBuilder()
            .withName("tun")
            .withNewHostPath()
            .withPath("/dev/net/tun")
            .withType("CharDevice")
            .endHostPath()
            .build(),
        new VolumeBuilder()
            .withName("state")
            .withNewHostPath()
            .withPath(ROOT + "/" + owner.uid() + "/" + lane)
            .withType("DirectoryOrCreate")
            .endHostPath()
            .build(),
        new VolumeBuilder()
            .withName("pod")
            .withNewEmptyDir()
            .withMedium("Memory")
            .withSizeLimit(new Quantity("64Mi"))
            .endEmptyDir()
            .build(),
        credentials());
  }

  private static Volume credentials() {
    return new VolumeBuilder()
        .withName("credentials")
        .withNewProjected()
        .addNewSource()
        .withNewServiceAccountToken()
        .withPath("token")
        .withExpirationSeconds(TOKEN_SECONDS)
        .endServiceAccountToken()
        .endSource()
        .addNewSource()
        .withNewConfigMap()
        .withName("kube-root-ca.crt")
        .addNewItem("ca.crt", null, "ca.crt")
        .endConfigMap()
        .endSource()
        .addNewSource()
        .withNewDownwardAPI()
        .addNewItem()
        .withPath("namespace")
        .withNewFieldRef()
        .withApiVersion("v1")
        .withFieldPath("metadata.namespace")
        .endFieldRef()
        .endItem()
        .endDownwardAPI()
        .endSource()
        .endProjected()
        .build();
  }

  private static EnvVar value(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private static EnvVar field(String name, String path) {
    return new EnvVarBuilder()
        .withName(name)
        .withNewValueFrom()
        .withNewFieldRef()
        .withApiVersion("v1")
        .withFieldPath(path)
        .endFieldRef()
        .endValueFrom()
        .build();
  }
}
