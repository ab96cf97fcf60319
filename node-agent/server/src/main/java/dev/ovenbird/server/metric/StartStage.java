package dev.ovenbird.server.metric;

/** How far a process has come on its way to the first packet, in order; a metric label. */
public enum StartStage {
  /** The program's own code runs. */
  MAIN,
  /** Configuration, keys and roster are read. */
  CONFIGURED,
  /** Listeners' sockets are there. */
  SOCKETS,
  /** The session store is open. */
  STORE,
  /** The TUN is there; a new one with its routes and firewall. */
  TUN,
  /** Sessions of an earlier process are restored, with their routes. */
  RESTORED,
  /** Sockets and TUN are read; what has waited in the TUN is sent. */
  SERVING,
  /** A packet came from a client or went to one through the TUN. */
  FIRST_PACKET,
  /** Routes and firewall of a TUN that was taken over are renewed, DNS is answered. */
  NETWORK
}
