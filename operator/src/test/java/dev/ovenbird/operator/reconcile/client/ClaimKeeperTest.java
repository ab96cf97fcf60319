package dev.ovenbird.operator.reconcile.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClaimKeeperTest {
  private static final TunnelNetworks NETWORKS = TunnelNetworks.of(List.of("10.0.0.0/28"));

  private final ClaimWorld world = new ClaimWorld(NETWORKS, new Random(1));
  private final BlockingQueue<String> answered = new LinkedBlockingQueue<>();

  private ClaimKeeper keeper(Runnable pause) {
    return new ClaimKeeper(
        "vpn/office",
        world.new Store(pause, Set.of()),
        NETWORKS,
        Duration.ofHours(1),
        Clock.fixed(world.time(), ZoneOffset.UTC),
        Set::of,
        answered::add);
  }

  private VpnClient alice() {
    world.create("vpn/alice", null);
    ClaimWorld.Client made = Objects.requireNonNull(world.clients.get("vpn/alice"));
    VpnClient client = new VpnClient();
    client.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("vpn")
            .withName("alice")
            .withUid(made.uid())
            .withCreationTimestamp(made.created().toString())
            .build());
    return client;
  }

  private IpAddress granted(ClaimKeeper keeper, VpnClient client) throws InterruptedException {
    assertThat(keeper.ask(client, null)).as("the answer is to come").isNull();
    assertThat(answered.take()).isEqualTo("vpn/alice");
    return Objects.requireNonNull(Objects.requireNonNull(keeper.ask(client, null)).granted());
  }

  @Test
  void a_client_gets_its_address_after_a_failure_that_nobody_expected() throws Exception {
    AtomicBoolean hasFailed = new AtomicBoolean();
    VpnClient alice = alice();
    try (ClaimKeeper keeper =
        keeper(
            () -> {
              if (!hasFailed.getAndSet(true)) {
                throw new IllegalStateException("once");
              }
            })) {
      assertThat(granted(keeper, alice)).isNotNull();
      assertThat(hasFailed).isTrue();
    }
  }

  @Test
  void an_answer_holds_until_the_claim_is_lost() throws Exception {
    VpnClient alice = alice();
    String uid = alice.getMetadata().getUid();
    try (ClaimKeeper keeper = keeper(() -> {})) {
      IpAddress address = granted(keeper, alice);
      keeper.lost(uid, IpAddress.parse("10.0.0.14"));
      assertThat(keeper.ask(alice, null)).as("another address").isNotNull();
      keeper.lost(uid, address);
      assertThat(granted(keeper, alice)).isEqualTo(address);
    }
  }
}
