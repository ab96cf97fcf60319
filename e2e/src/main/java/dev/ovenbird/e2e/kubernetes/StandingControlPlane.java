package dev.ovenbird.e2e.kubernetes;

import java.util.concurrent.CountDownLatch;

/**
 * A control plane that stands until it is interrupted, for work by hand: tests run against it with
 * {@code OVENBIRD_KUBECONFIG}.
 */
public final class StandingControlPlane {
  private StandingControlPlane() {}

  /** Prints the line that points kubectl to it. */
  public static void main(String[] arguments) throws InterruptedException {
    try (ControlPlane plane = ControlPlane.start()) {
      plane.installDefinitions();
      System.out.println("export KUBECONFIG=" + plane.kubeconfig());
      new CountDownLatch(1).await();
    }
  }
}
