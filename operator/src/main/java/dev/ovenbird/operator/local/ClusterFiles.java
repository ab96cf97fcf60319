package dev.ovenbird.operator.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.issue.Identities;
import dev.ovenbird.operator.local.PkiFolder.ClientSecrets;
import dev.ovenbird.operator.plan.ClusterPlan;
import dev.ovenbird.operator.plan.ClusterPlan.PlannedInstance;
import dev.ovenbird.operator.plan.ClusterState;
import dev.ovenbird.operator.plan.ClusterState.ClientState;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.profile.ClientProfile;
import dev.ovenbird.operator.profile.Remote;
import dev.ovenbird.operator.profile.Remotes;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Applies a resource file to a state folder: identities, keys, configurations, roster, profiles.
 * All checks come before the first write. Each file is replaced whole, and doing it again heals
 * what an interruption left undone.
 */
final class ClusterFiles {
  private final StateFolder folder;
  private final List<Node> nodes;
  private final SecureRandom random;
  private final Clock clock;

  ClusterFiles(StateFolder folder, List<Node> nodes, SecureRandom random, Clock clock) {
    this.folder = folder;
    this.nodes = nodes;
    this.random = random;
    this.clock = clock;
  }

  /**
   * What was applied.
   *
   * @param remotes by client name
   */
  record Applied(
      ResolvedCluster cluster,
      ClusterState state,
      ClusterPlan plan,
      Map<String, List<Remote>> remotes) {}

  /** Reads, checks and writes; a problem in the input leaves every file as it was. */
  Applied apply(String file, String text) throws InvalidInputException, LocalException {
    ResolvedCluster cluster = ResourceFile.parse(file, text);
    List<Problem> problems = new ArrayList<>();
    ClusterState state = state(cluster, problems);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(file, problems);
    }
    return write(cluster, state);
  }

  private ClusterState state(ResolvedCluster cluster, List<Problem> problems)
      throws LocalException {
    Supplier<UUID> uids = UUID::randomUUID;
    StateFile before = StateFile.read(folder.state());
    if (before == null) {
      return Identities.update(cluster, Identities.initial(cluster, uids), uids, problems);
    }
    if (!before.cluster().equals(cluster.name())) {
      problems.add(
          new Problem(
              cluster.line(),
              "metadata.name",
              folder.root()
                  + " belongs to VpnCluster "
                  + before.cluster()
                  + "; use another --dir for "
                  + cluster.name()));
    } else if (!before.state().networkCIDRs().equals(cluster.networks().cidrs())) {
      problems.add(
          new Problem(
              cluster.line(),
              "spec.networkCIDRs",
              "cannot change, as clients have addresses of "
                  + String.join(", ", before.state().networkCIDRs())
                  + "; write those again, or make another cluster"));
    } else {
      return Identities.update(cluster, before.state(), uids, problems);
    }
    return before.state();
  }

  private Applied write(ResolvedCluster cluster, ClusterState claimed) throws LocalException {
    save(cluster, claimed);
    var spec = cluster.spec();
    PkiFolder pki =
        PkiFolder.open(
            folder.pki(),
            claimed.clusterUid(),
            spec.pki(),
            spec.tls().controlChannel().legacy() != null,
            spec.authentication().asksPasswords(),
            random,
            clock);
    Map<String, ClientSecrets> secrets = new TreeMap<>();
    Map<String, ClientState> clients = new TreeMap<>();
    for (Map.Entry<String, ClientState> client : claimed.clients().entrySet()) {
      ClientSecrets own = pki.client(client.getKey(), client.getValue().uid(), spec.pki());
      secrets.put(client.getKey(), own);
      clients.put(client.getKey(), client.getValue().withSerials(List.of(own.serial())));
    }
    ClusterState state = new ClusterState(claimed.clusterUid(), claimed.networkCIDRs(), clients);
    save(cluster, state);
    ClusterPlan plan = Planner.plan(cluster, state, nodes, folder);
    writeRoster(state.clusterUid(), plan.clients());
    for (PlannedInstance instance : plan.instances()) {
      writeInstance(pki, cluster, instance);
    }
    Map<String, List<Remote>> remotes = writeProfiles(cluster, state, plan, pki, secrets);
    pki.retain(clients.values().stream().map(ClientState::uid).collect(Collectors.toSet()));
    return new Applied(cluster, state, plan, remotes);
  }

  private void save(ResolvedCluster cluster, ClusterState state) throws LocalException {
    AtomicFile.update(
        folder.state(), StateFile.text(new StateFile(StateFile.VERSION, cluster.name(), state)));
  }

  /** Renews what time wears out: instance certificates, and the roster's date. */
  Applied renew(Applied applied) throws LocalException {
    return write(applied.cluster(), applied.state());
  }

  /** Vouches for the roster as of now; its generation grows only when it says something else. */
  private void writeRoster(String clusterUid, List<Roster.Entry> clients) throws LocalException {
    long generation = 1;
    if (Files.exists(folder.roster())) {
      try {
        Roster before = StateFile.JSON.readValue(AtomicFile.read(folder.roster()), Roster.class);
        generation = before.generation() + (before.clients().equals(clients) ? 0 : 1);
      } catch (JsonProcessingException e) {
        generation = clock.millis(); // Damaged: above all that it can have been.
      }
    }
    AtomicFile.write(
        folder.roster(),
        StateFile.text(
            new Roster(clusterUid, generation, clock.instant().getEpochSecond(), clients)));
  }

  private void writeInstance(PkiFolder pki, ResolvedCluster cluster, PlannedInstance instance)
      throws LocalException {
    int lane = instance.id().lane();
    Path own = folder.instance(lane);
    try {
      StateFolder.folder(own);
    } catch (IOException e) {
      throw LocalException.of(own, e);
    }
    var files = instance.config().files();
    boolean renewed =
        pki.instance(
            instance.id(),
            cluster.spec().pki(),
            Path.of(files.certificateChain()),
            Path.of(files.privateKey()));
    String text = StateFile.text(instance.config());
    if (renewed) {
      AtomicFile.write(folder.config(lane), text); // Agents look at it, and then at its files.
    } else {
      AtomicFile.update(folder.config(lane), text);
    }
  }

  private Map<String, List<Remote>> writeProfiles(
      ResolvedCluster cluster,
      ClusterState state,
      ClusterPlan plan,
      PkiFolder pki,
      Map<String, ClientSecrets> secrets)
      throws LocalException {
    Map<String, List<Remote>> byUid =
        Remotes.assign(
            state.clients().values().stream().map(ClientState::uid).toList(),
            plan.endpoints(),
            cluster.spec().profile().maxRemotes());
    Map<String, List<Remote>> remotes = new TreeMap<>();
    for (Map.Entry<String, ClientSecrets> client : secrets.entrySet()) {
      String name = client.getKey();
      String uid = Objects.requireNonNull(state.clients().get(name)).uid();
      remotes.put(name, byUid.getOrDefault(uid, List.of()));
      ClientProfile.Content content =
          new ClientProfile.Content(
              cluster.name(),
              state.clusterUid(),
              name,
              byUid.getOrDefault(uid, List.of()),
              cluster.spec().tls(),
              cluster.spec().authentication(),
              pki.caPem(),
              client.getValue().certificate(),
              client.getValue().key(),
              client.getValue().tlsCryptV2());
      AtomicFile.update(folder.profile(name), ClientProfile.render(content));
      Tls.LegacyWrap legacy = cluster.spec().tls().controlChannel().legacy();
      String staticKey = pki.staticKeyPem();
      if (legacy != null && staticKey != null) {
        AtomicFile.update(
            folder.legacyProfile(name), ClientProfile.renderLegacy(content, legacy, staticKey));
      } else {
        delete(folder.legacyProfile(name));
      }
    }
    for (String name : folder.profiles()) {
      if (!secrets.containsKey(name)) {
        delete(folder.profile(name));
        delete(folder.legacyProfile(name));
      }
    }
    return remotes;
  }

  private static void delete(Path file) throws LocalException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw LocalException.of(file, e);
    }
  }
}
