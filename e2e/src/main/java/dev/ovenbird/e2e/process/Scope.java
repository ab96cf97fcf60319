package dev.ovenbird.e2e.process;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a run has made, taken away in reverse order: by {@link #close}, or by the JVM's shutdown
 * hook when the run is interrupted.
 */
public final class Scope implements AutoCloseable {
  private final Deque<AutoCloseable> made = new ArrayDeque<>();
  private boolean closed;
  private final Thread hook = new Thread(this::closeAll, "scope-shutdown");

  public Scope() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Takes the resource over and returns it.
   *
   * @throws IllegalStateException when the scope is closed already; the resource is then closed too
   */
  public <T extends AutoCloseable> T add(T resource) {
    synchronized (made) {
      if (!closed) {
        made.push(resource);
        return resource;
      }
    }
    closeOne(resource);
    throw new IllegalStateException("interrupted: " + resource + " is taken away again");
  }

  private void closeAll() {
    while (true) {
      AutoCloseable next;
      synchronized (made) {
        closed = true;
        next = made.poll();
      }
      if (next == null) {
        return;
      }
      closeOne(next);
    }
  }

  private static void closeOne(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      System.err.println("cannot take away " + resource + ": " + e);
    }
  }

  @Override
  public void close() {
    closeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down: the hook itself runs, or has run.
    }
  }
}
