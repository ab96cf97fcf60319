package dev.ovenbird.server;

/**
 * Limits of the server beyond those of the protocol endpoint.
 *
 * @param maxTcpConnections open TCP connections over all listeners; more are closed at once
 * @param maxTcpQueuePackets packets waiting for one TCP connection; more are dropped
 * @param maxPaths peers' addresses remembered (a cache; more only cost allocation), rounded up to a
 *     power of two
 * @param slowTaskThreads threads for TLS and key derivation
 * @param socketBufferBytes what the kernel may hold of each UDP socket until it is sent; four times
 *     as much until it is received, if the kernel allows
 */
public record ServerLimits(
    int maxTcpConnections,
    int maxTcpQueuePackets,
    int maxPaths,
    int slowTaskThreads,
    int socketBufferBytes) {
  public static final ServerLimits DEFAULT = new ServerLimits(1000, 64, 8192, 2, 4 << 20);

  public ServerLimits {
    if (maxTcpConnections < 0
        || maxTcpQueuePackets < 1
        || maxPaths < 4
        || maxPaths > 1 << 20
        || slowTaskThreads < 1
        || socketBufferBytes < 4096
        || socketBufferBytes > 256 << 20) {
      throw new IllegalArgumentException("a server limit is out of range");
    }
  }
}
