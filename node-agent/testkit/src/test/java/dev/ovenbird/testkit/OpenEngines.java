package dev.ovenbird.testkit;

import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.TlsEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Counts the TLS engines of a server that were made and not closed since. */
final class OpenEngines {
  private int open;

  int open() {
    return open;
  }

  /** The configuration with engines that are counted. */
  ServerConfig watch(ServerConfig config) {
    return new ServerConfig(
        config.wraps(),
        () -> watched(config.tls().create()),
        config.aead(),
        config.dataCiphers(),
        config.renegotiationNanos(),
        config.handWindowNanos(),
        config.transitionWindowNanos(),
        config.pingIntervalNanos(),
        config.pingTimeoutNanos(),
        config.limits());
  }

  private TlsEngine watched(TlsEngine engine) {
    open++;
    boolean[] closed = {false};
    return (TlsEngine)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {TlsEngine.class},
            (_, method, arguments) -> {
              if (method.getName().equals("close") && !closed[0]) {
                closed[0] = true;
                open--;
              }
              try {
                return method.invoke(engine, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
