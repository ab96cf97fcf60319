package dev.ovenbird.server.route;

/** Where a tunnel packet goes next. Another instance of a mesh will be a third kind. */
public sealed interface NextHop permits SessionHop, ProbeHop, NextHop.TunHop {
  /** Into the TUN. */
  enum TunHop implements NextHop {
    TUN
  }
}
