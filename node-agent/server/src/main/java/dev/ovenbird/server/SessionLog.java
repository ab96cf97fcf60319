package dev.ovenbird.server;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.Restored;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import dev.ovenbird.server.route.SessionHop;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** One line per session opened, moved and closed. Confined to the event loop. */
final class SessionLog {
  private static final int LINES_PER_TEN_SECONDS = 500;

  private final Logger logger = LoggerFactory.getLogger(OvenbirdServer.class);
  private final LogBudget budget = new LogBudget(LINES_PER_TEN_SECONDS);
  private final LogBudget failures = new LogBudget(20);
  private final LogBudget defects = new LogBudget(5);
  private final String server;

  SessionLog(String server) {
    this.server = server;
  }

  void opened(ServerSession session, SessionHop hop, long nowNanos) {
    if (budget.take(nowNanos)) {
      line(session, hop).addKeyValue("remote", session.path()).log("Session opened");
    }
  }

  /** Of a client that is served all the same. */
  void networksRefused(ServerSession session, List<Cidr> networks) {
    logger
        .atWarn()
        .addKeyValue("server", server)
        .addKeyValue("client", session.identity().commonName())
        .addKeyValue("clientId", session.clientId())
        .addKeyValue("networks", texts(networks))
        .log(
            "Networks behind a client are not routed: they overlap the tunnel's network, hold an"
                + " address of a node, are not for hosts, or are more than {}; change its"
                + " routedCIDRs",
            ClientNetworks.MOST);
  }

  void moved(ServerSession session, SessionHop hop, LinkPath previous, long nowNanos) {
    if (budget.take(nowNanos)) {
      line(session, hop)
          .addKeyValue("from", previous)
          .addKeyValue("remote", session.path())
          .log("Session moved");
    }
  }

  void closed(ServerSession session, SessionHop hop, CloseReason reason, long nowNanos) {
    if (budget.take(nowNanos)) {
      line(session, hop)
          .addKeyValue("remote", session.path())
          .addKeyValue("reason", reason)
          .addKeyValue("bytesIn", session.bytesReceived())
          .addKeyValue("bytesOut", session.bytesSent())
          .log("Session closed");
    }
  }

  /** Many of these are no news: only some are written. */
  void negotiationFailed(LinkPath path, String why, long nowNanos) {
    if (failures.take(nowNanos)) {
      logger
          .atInfo()
          .addKeyValue("server", server)
          .addKeyValue("remote", path)
          .addKeyValue("reason", why)
          .addKeyValue("suppressedLines", failures.takeSuppressed())
          .log("Negotiation failed");
    }
  }

  /** Something threw that must not: a defect. The event loop goes on. */
  void defect(String doing, Throwable thrown, long nowNanos) {
    if (defects.take(nowNanos)) {
      logger
          .atError()
          .setCause(thrown)
          .addKeyValue("server", server)
          .addKeyValue("suppressed", defects.takeSuppressed())
          .log("Defect while {}; the packet or task is dropped", doing);
    }
  }

  /** Runs a step of work; what it throws is a defect, and ends this step only. */
  void guarded(String doing, Runnable work, long nowNanos) {
    try {
      work.run();
    } catch (RuntimeException e) {
      defect(doing, e, nowNanos);
    }
  }

  /** The server can't go on. */
  void failed(String why, Throwable thrown) {
    logger.atError().setCause(thrown).addKeyValue("server", server).log(why);
  }

  /** Sessions of an earlier process were looked at. */
  void restored(Restored found) {
    if (found.open() > 0 || found.refused() > 0) {
      logger
          .atInfo()
          .addKeyValue("server", server)
          .addKeyValue("sessions", found.open())
          .addKeyValue("refused", found.refused())
          .log("Sessions of an earlier process restored");
    }
    if (found.damaged() > 0) {
      warn("The session store was damaged: {} sessions are not restored", found.damaged());
    }
  }

  void warn(String message, Object detail) {
    logger.atWarn().addKeyValue("server", server).log(message, detail);
  }

  void info(String message) {
    logger.atInfo().addKeyValue("server", server).log(message);
  }

  private LoggingEventBuilder line(ServerSession session, SessionHop hop) {
    LoggingEventBuilder line =
        logger
            .atInfo()
            .addKeyValue("server", server)
            .addKeyValue("client", session.identity().commonName())
            .addKeyValue("clientId", session.clientId())
            .addKeyValue(
                "addresses",
                String.join(" ", hop.addresses().stream().map(a -> a.addressText()).toList()));
    if (hop.isRouter()) {
      line = line.addKeyValue("networks", texts(hop.networks()));
    }
    String user = session.username();
    if (user != null) {
      line = line.addKeyValue("user", user);
    }
    int suppressed = budget.takeSuppressed();
    return suppressed == 0 ? line : line.addKeyValue("suppressedLines", suppressed);
  }

  private static String texts(List<Cidr> networks) {
    return String.join(" ", networks.stream().map(Cidr::toString).toList());
  }
}
