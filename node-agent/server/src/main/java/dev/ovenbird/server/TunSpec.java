package dev.ovenbird.server;

import dev.ovenbird.server.tun.InProcessTun;

/** Where a server's tunnel packets go. */
public sealed interface TunSpec {
  /**
   * A TUN device of the kernel, with addresses, routes and firewall rules; needs CAP_NET_ADMIN.
   *
   * @param name at most 15 characters, unique on the node; also the name of the nft table
   * @param offload whether to take and give many segments at once, where the kernel can
   */
  record Kernel(String name, boolean offload) implements TunSpec {
    public Kernel(String name) {
      this(name, true);
    }

    public Kernel {
      if (!name.matches("[a-zA-Z][a-zA-Z0-9-]{0,14}")) {
        throw new IllegalArgumentException(
            "TUN name " + name + ": 1 to 15 letters, digits and '-' are needed");
      }
    }
  }

  /** The program itself reads and writes the packets. Needs no rights. */
  record InProcess(InProcessTun tun) implements TunSpec {}
}
