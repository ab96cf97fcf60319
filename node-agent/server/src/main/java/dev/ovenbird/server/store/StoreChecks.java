package dev.ovenbird.server.store;

import java.nio.file.Path;

/**
 * What a store of sessions may lie on. It holds their keys, which must never reach a disk.
 *
 * @param swapAllowed whether the node may have swap, to which memory could be written
 * @param diskAllowed whether the file may lie elsewhere than in memory (tmpfs, ramfs)
 * @param swaps the kernel's list of what is swapped to
 * @param bootId the kernel's name for the time since the node's start
 */
public record StoreChecks(boolean swapAllowed, boolean diskAllowed, Path swaps, Path bootId) {
  /** Neither is allowed. */
  public static final StoreChecks STRICT =
      new StoreChecks(
          false, false, Path.of("/proc/swaps"), Path.of("/proc/sys/kernel/random/boot_id"));

  public StoreChecks withSwapAllowed(boolean allowed) {
    return new StoreChecks(allowed, diskAllowed, swaps, bootId);
  }
}
