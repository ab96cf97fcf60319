package dev.ovenbird.app.preflight;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Sends a packet as a client's into the node's network. */
public interface Probe {
  /** Whether an answer of the service came back to the tunnel. */
  CompletableFuture<Boolean> ask(InetSocketAddress service);
}
