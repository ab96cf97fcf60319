package dev.ovenbird.e2e.operator.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnClientStatus;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus.Session;
import dev.ovenbird.e2e.process.Await;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What agents report of who is connected, as people read it in the client's status. */
class ClientSessionsTest {
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("ovenbird-agent")
          .withForce(true)
          .build();

  private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @Test
  void reports_become_a_coarse_status_and_an_unchanged_one_costs_nothing() {
    try (ClientStage stage = new ClientStage()) {
      stage.cluster("10.88.0.0/24");
      instance(stage, "one");
      instance(stage, "two");
      Writes writes = new Writes();
      stage.operator(writes);
      Session alice = session(stage, "alice", 0);
      Session bob = session(stage, "bob", 0);

      report(stage, "one", alice, bob);
      awaitSession(stage, "alice", new VpnClientStatus.Session("one", alice.since()));
      awaitSession(stage, "bob", new VpnClientStatus.Session("one", bob.since()));
      assertThat(stage.get("alice").getStatus().lastConnectedTime()).isEqualTo(alice.since());

      // The next reports: nothing new but their own time. A client that floats to another source
      // address is the same session, so its reports are like these.
      int before = writes.seen().size();
      String version = stage.get("alice").getMetadata().getResourceVersion();
      report(stage, "one", alice, bob);
      report(stage, "one", alice, bob);
      report(stage, "one", alice);
      awaitSession(stage, "bob", null);
      assertThat(stage.get("alice").getMetadata().getResourceVersion()).isEqualTo(version);
      assertThat(writes(writes, before)).containsExactly("PATCH " + path(stage, "bob") + "/status");
      assertThat(stage.get("bob").getStatus().lastConnectedTime()).isEqualTo(bob.since());

      // Comes and goes on one instance: one write in five minutes.
      Session again = session(alice, 60);
      before = writes.seen().size();
      int looks = stage.looks("alice");
      report(stage, "one", again);
      looks = stage.awaitLook("alice", looks);
      report(stage, "one", session(alice, 90), bob);
      stage.awaitLook("alice", looks);
      awaitSession(stage, "bob", new VpnClientStatus.Session("one", bob.since()));
      assertThat(stage.get("alice").getMetadata().getResourceVersion()).isEqualTo(version);
      stage.clock.advance(Duration.ofMinutes(6));
      Session later = session(alice, 120);
      report(stage, "one", later, bob);
      awaitSession(stage, "alice", new VpnClientStatus.Session("one", later.since()));
      assertThat(writes(writes, before)).hasSize(2);

      // Elsewhere is news.
      Session moved = session(alice, 180);
      report(stage, "two", moved);
      awaitSession(stage, "alice", new VpnClientStatus.Session("two", moved.since()));
      report(stage, "one", bob);
      // An instance that goes takes its sessions along.
      stage.api().resources(VpnInstance.class).inNamespace(agents(stage)).withName("two").delete();
      awaitSession(stage, "alice", null);
      assertThat(stage.get("alice").getStatus().lastConnectedTime()).isEqualTo(moved.since());
    }
  }

  /** Of clients: the roster follows when it likes. */
  private static List<String> writes(Writes writes, int since) {
    return writes.seen().subList(since, writes.seen().size()).stream()
        .filter(path -> path.contains("/vpnclients/"))
        .toList();
  }

  private static String path(ClientStage stage, String client) {
    return "/apis/ovenbird.dev/v1alpha1/namespaces/" + stage.users + "/vpnclients/" + client;
  }

  private static String agents(ClientStage stage) {
    return stage.settings.agentsNamespace();
  }

  private static void awaitSession(
      ClientStage stage, String client, VpnClientStatus.@Nullable Session session) {
    Await.until(
        client + " " + session,
        ClientStage.SOON,
        () -> stage.get(client),
        it -> it.getStatus() != null && Objects.equals(it.getStatus().session(), session));
  }

  /** A new client's. */
  private Session session(ClientStage stage, String client, int second) {
    stage.create(client);
    VpnClient ready = stage.awaitReady(client);
    return new Session(ready.getMetadata().getUid(), client, start.plusSeconds(second).toString());
  }

  private Session session(Session of, int second) {
    return new Session(of.clientUid(), of.client(), start.plusSeconds(second).toString());
  }

  private static void instance(ClientStage stage, String name) {
    stage.api().resource(object(stage, name)).create();
  }

  private static VpnInstance object(ClientStage stage, String name) {
    VpnInstance instance = new VpnInstance();
    instance.setMetadata(
        new ObjectMetaBuilder().withName(name).withNamespace(agents(stage)).build());
    instance.setSpec(
        new VpnInstanceSpec(
            new VpnInstanceSpec.ClusterReference(stage.users, "office", stage.snapshot().uid()),
            "node-0",
            0,
            Mode.Serve));
    return instance;
  }

  private static void report(ClientStage stage, String name, Session... sessions) {
    VpnInstance report = object(stage, name);
    report.setStatus(
        new VpnInstanceStatus(
            1L,
            Mode.Serve,
            null,
            null,
            sessions.length,
            List.of(sessions),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            List.of()));
    stage.api().resource(report).subresource("status").patch(APPLY);
  }
}
