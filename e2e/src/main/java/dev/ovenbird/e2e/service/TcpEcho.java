package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP server that sends back what it gets and counts who connected. */
public final class TcpEcho implements AutoCloseable {
  private final ServerSocket listener;
  private final AtomicInteger accepted = new AtomicInteger();

  private TcpEcho(ServerSocket listener) {
    this.listener = listener;
  }

  public static TcpEcho start(Scope scope, Namespace where, String address, int port) {
    TcpEcho echo =
        where.call(() -> new TcpEcho(new ServerSocket(port, 50, InetAddress.getByName(address))));
    scope.add(echo);
    Thread.ofPlatform().name("tcp-echo").daemon().start(echo::accept);
    return echo;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        Thread.ofPlatform().name("tcp-echo-connection").daemon().start(() -> echo(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // The other side left.
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Connections so far. */
  public int accepted() {
    return accepted.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
