package dev.ovenbird.app.cluster;

import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import java.util.List;

/** The instance of this process, as the cluster's side sees and steers it. */
public interface LocalInstance {
  boolean isReady();

  /** Who is connected now. */
  List<VpnInstanceStatus.Session> sessions();

  /** Of the tls-crypt-v2 server keys that clients are taken by now. */
  List<Integer> serverKeyGenerations();

  /** Lets new sessions in. */
  void serve();

  /** Lets no new sessions in and begins to send the clients to other instances. */
  void drain();

  /** Whether nobody is connected. */
  boolean isEmpty();

  /** Ends everything and leaves nothing on the node. */
  void retire();
}
