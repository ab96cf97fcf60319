package dev.ovenbird.operator.plan;

import java.util.UUID;

/** The names that are baked into ten-year profiles; fixed for good. */
public final class ServerName {
  private ServerName() {}

  /** CN of every instance's certificate: {@code ovenbird-<16 hex of the cluster UID>}. */
  public static String of(String clusterUid) {
    return "ovenbird-" + hex(clusterUid).substring(0, 16);
  }

  /** TUN device and nft table of a lane: {@code ovb<8 hex>-<lane>}. */
  public static String tun(String clusterUid, int lane) {
    return "ovb" + hex(clusterUid).substring(0, 8) + "-" + lane;
  }

  private static String hex(String uid) {
    return UUID.fromString(uid).toString().replace("-", "");
  }
}
