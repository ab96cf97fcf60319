package dev.ovenbird.app.preflight;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether a TUN device can be made. Opening its device file alone changes nothing. */
final class TunCheck {
  private static final Findings FINDINGS = new Findings("TunUsable");

  /** Opens the device and closes it again. */
  interface Opening {
    void open(Path device) throws IOException;
  }

  private final Path device;
  private final boolean netAdmin;
  private final Opening opening;

  TunCheck(Path device, boolean netAdmin) {
    this(
        device,
        netAdmin,
        path -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE).close());
  }

  TunCheck(Path device, boolean netAdmin, Opening opening) {
    this.device = device;
    this.netAdmin = netAdmin;
    this.opening = opening;
  }

  Finding run() {
    try {
      opening.open(device);
    } catch (NoSuchFileException e) {
      return FINDINGS.bad(
          "DeviceMissing",
          device
              + " is missing: load the module with 'modprobe tun'; a container needs the device"
              + " (in a pod a hostPath of type CharDevice)");
    } catch (IOException e) {
      return refused(e);
    }
    if (!netAdmin) {
      return FINDINGS.bad(
          "CapabilityMissing",
          "the capability CAP_NET_ADMIN is missing: run as root, or give the container the"
              + " capability NET_ADMIN");
    }
    return FINDINGS.good(device + " can be opened");
  }

  private Finding refused(IOException e) {
    String reason = String.valueOf(e.getMessage());
    boolean isForbidden =
        e instanceof AccessDeniedException
            || reason.contains("Operation not permitted")
            || reason.contains("Permission denied");
    if (!isForbidden) {
      return FINDINGS.bad(
          "DeviceFails",
          device + " can't be opened (" + reason + "): load the module with 'modprobe tun'");
    }
    if (netAdmin && Files.isReadable(device) && Files.isWritable(device)) {
      return FINDINGS.bad(
          "DeviceForbidden",
          device
              + " is there and may not be opened: the container runtime forbids the device. runc"
              + " 1.2.0 to 1.2.3 do so by mistake: update runc to 1.2.4 or newer on this node"
              + " ('runc --version'), then delete the pod");
    }
    return FINDINGS.bad(
        "DeviceForbidden",
        device + " may not be opened: run as root; a container needs the device c 10:200");
  }
}
