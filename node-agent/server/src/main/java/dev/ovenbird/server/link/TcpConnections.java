package dev.ovenbird.server.link;

import io.netty.util.collection.LongObjectHashMap;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open TCP connections of one server, over all listeners. Confined to the event loop. */
public final class TcpConnections {
  private final LongObjectHashMap<TcpConnection> byNumber = new LongObjectHashMap<>();
  private final int most;
  private long lastNumber;

  public TcpConnections(int most) {
    this.most = most;
  }

  /** Number for the next connection, never used before; 0 if there are too many. */
  long admit() {
    return byNumber.size() >= most ? 0 : ++lastNumber;
  }

  void add(long number, TcpConnection connection) {
    byNumber.put(number, connection);
  }

  void remove(long number) {
    byNumber.remove(number);
  }

  @Nullable TcpConnection get(long number) {
    return byNumber.get(number);
  }

  /** Open connections. */
  public int size() {
    return byNumber.size();
  }

  /** A copy, so that connections may close while it is walked. */
  Collection<TcpConnection> all() {
    return List.copyOf(byNumber.values());
  }
}
