package dev.ovenbird.linux.process;

import dev.ovenbird.linux.nft.Nft;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What must be there before an instance starts. */
public final class TunPreflight {
  private final Path device;
  private final boolean netAdmin;
  private final boolean nft;

  TunPreflight(Path device, boolean netAdmin, boolean nft) {
    this.device = device;
    this.netAdmin = netAdmin;
    this.nft = nft;
  }

  /** One line per thing that is missing, each with its remedy; empty if all is there. */
  public static List<String> problems() {
    return new TunPreflight(
            Path.of("/dev/net/tun"), Capabilities.current().netAdmin(), Nft.isInstalled())
        .check();
  }

  List<String> check() {
    List<String> problems = new ArrayList<>();
    if (!netAdmin) {
      problems.add(
          "no capability CAP_NET_ADMIN, which a TUN, routes and firewall need: run as root");
    }
    if (!Files.exists(device)) {
      problems.add(
          "no "
              + device
              + ": load the module with 'modprobe tun', or make the device with 'mkdir -p "
              + device.getParent()
              + " && mknod "
              + device
              + " c 10 200'");
    } else if (!Files.isReadable(device) || !Files.isWritable(device)) {
      problems.add("may not open " + device + ": run as root");
    }
    if (!nft) {
      problems.add("no nft program: install it with 'apt-get install nftables'");
    }
    return problems;
  }
}
