package dev.ovenbird.app.cluster;

import static dev.ovenbird.app.TestInstance.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ClusterSourceTest {
  private final ClusterSource source;

  ClusterSourceTest(@TempDir Path temp) throws ConfigException {
    source = ClusterSource.open(MirrorTest.environment(temp.resolve("state"), 1), List::of);
  }

  private static VpnInstance instance(String clusterUid, Mode mode) {
    VpnInstance instance = new VpnInstance();
    instance.setMetadata(
        new ObjectMetaBuilder().withName("vpn.office.0.node1").withGeneration(1L).build());
    instance.setSpec(
        new VpnInstanceSpec(
            new VpnInstanceSpec.ClusterReference("vpn", "office", clusterUid), "node1", 0, mode));
    return instance;
  }

  @Test
  void a_retired_instance_that_is_wanted_again_takes_a_new_process() throws Exception {
    source.changed(instance(CLUSTER, Mode.Retire));
    assertThat(source.hasRetired()).isTrue();
    source.changed(instance("another", Mode.Serve));
    assertThat(source.hasRetired()).isTrue();
    assertThat(source.isWantedAgain()).as("of another cluster of that name").isFalse();
    source.changed(instance(CLUSTER, Mode.Serve));
    source.awaitWantedAgain();
  }

  @Test
  void who_asks_whether_the_instance_has_retired_hears_it_after_the_retirement() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch asking = new CountDownLatch(1);
    source.serving(new Slow(ended, asking));
    source.changed(instance(CLUSTER, Mode.Retire));
    ended.await();
    assertThat(source.isRetired()).isFalse();
    Thread.ofVirtual().start(asking::countDown);
    assertThat(source.hasRetired()).isTrue();
  }

  /** Has ended before its retirement is over. */
  private record Slow(CountDownLatch ended, CountDownLatch asking) implements LocalInstance {
    @Override
    public boolean isReady() {
      return false;
    }

    @Override
    public List<VpnInstanceStatus.Session> sessions() {
      return List.of();
    }

    @Override
    public List<Integer> serverKeyGenerations() {
      return List.of(1);
    }

    @Override
    public void serve() {}

    @Override
    public void drain() {}

    @Override
    public boolean isEmpty() {
      return true;
    }

    @Override
    public void retire() {
      ended.countDown();
      try {
        asking.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
