package dev.ovenbird.server.link;

import io.netty.util.collection.LongObjectHashMap;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open TCP connections of one server, over all listeners. Confined to the event loop. */
public final class TcpConnections {
  private final LongObjectHashMap<TcpConnection> byNumber = new LongObjectHashMap<>();
  private final LinkedHashSet<TcpConnection> silent = new LinkedHashSet<>();
  private final int most;
  private long lastNumber;

  public TcpConnections(int most) {
    this.most = most;
  }

  /**
   * Number for the next connection, never used before; 0 if there are too many. The one that has
   * been silent for longest makes room, if it has had its time: who only opens connections keeps
   * nobody out.
   */
  long admit(long nowNanos) {
    if (byNumber.size() >= most) {
      Iterator<TcpConnection> oldest = silent.iterator();
      TcpConnection first = oldest.hasNext() ? oldest.next() : null;
      if (first == null || !first.giveWay(nowNanos)) {
        return 0;
      }
    }
    return ++lastNumber;
  }

  void add(long number, TcpConnection connection) {
    byNumber.put(number, connection);
    silent.add(connection);
  }

  /** A connection has brought a packet that was worth something. */
  void spoke(TcpConnection connection) {
    silent.remove(connection);
  }

  void remove(long number) {
    TcpConnection gone = byNumber.remove(number);
    if (gone != null) {
      silent.remove(gone);
    }
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
