package dev.ovenbird.operator.process;

import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.client.ClientReconciler;
import dev.ovenbird.operator.reconcile.cluster.VpnClusterReconciler;
import dev.ovenbird.operator.reconcile.pki.InstanceSigner;
import dev.ovenbird.operator.reconcile.pki.SecretClusterIssuer;
import dev.ovenbird.operator.reconcile.roster.RosterReconciler;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.util.List;

/**
 * All controllers without Quarkus and without leader election, for a program that brings its own
 * client, and for tests.
 */
public final class EmbeddedOperator implements AutoCloseable {
  private static final int THREADS = 8;

  private final OperatorContext context;
  private final Operator operator;

  /**
   * @param context its client stays the caller's
   */
  public EmbeddedOperator(OperatorContext context) {
    this.context = context;
    operator =
        new Operator(
            overrider ->
                overrider
                    .withKubernetesClient(context.client())
                    .withCloseClientOnStop(false)
                    .withConcurrentReconciliationThreads(THREADS));
    controllers(context).forEach(operator::register);
  }

  /** One line for each controller; Quarkus finds them by their annotation. */
  private static List<Reconciler<?>> controllers(OperatorContext context) {
    ClusterIssuer issuer = new SecretClusterIssuer(context);
    return List.of(
        new VpnClusterReconciler(context, issuer),
        new InstanceSigner(context),
        new ClientReconciler(context),
        new RosterReconciler(context));
  }

  /** Returns when all caches are filled and the controllers work. */
  public void start() {
    context.caches().start();
    operator.start();
  }

  @Override
  public void close() {
    operator.stop();
    context.caches().close();
  }
}
