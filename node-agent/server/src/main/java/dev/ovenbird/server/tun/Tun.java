package dev.ovenbird.server.tun;

/**
 * The TUN side of a server: batches of whole IP packets. Used by one thread, the server's event
 * loop. Neither method blocks. {@link Object#toString} says in a log line what one call takes.
 */
public interface Tun extends AutoCloseable {
  /** Largest IP packet, bytes. */
  int mtu();

  /** File descriptor that is readable when packets wait; -1 if there is none. */
  int descriptor();

  /**
   * For a TUN without descriptor: {@code signal} is run, on any thread, whenever packets wait after
   * {@link #read} found none.
   */
  void onReadable(Runnable signal);

  /**
   * Reads packets into a batch with own buffers, after clearing it.
   *
   * @return how many; fewer than the capacity means that no more wait
   */
  int read(PacketBatch into);

  /**
   * Writes the packets of a batch; what the other side can't take now is dropped.
   *
   * @return how many were written
   */
  int write(PacketBatch from);

  @Override
  void close();
}
