package dev.ovenbird.server.link;

import java.lang.foreign.MemorySegment;

/** What a TCP connection needs of the link that it belongs to. */
interface TcpOwner {
  /** Of the link, in LinkPaths. */
  int number();

  TcpConnections connections();

  LinkReceiver receiver();

  /** How long a connection may go without a session. */
  long handWindowNanos();

  /** How long its first packet may take to come whole. */
  long firstPacketNanos();

  /** Packets that may wait to be sent. */
  int maxQueue();

  /** Where connections put a received packet. */
  MemorySegment packet();

  /** The packet was handled: its memory will be used again. */
  void packetUsed();

  /** The connection has something to flush. */
  void mustFlush(TcpConnection connection);
}
