package dev.ovenbird.linux.udp;

import dev.ovenbird.linux.call.SocketCalls;

/** Address family of a socket. */
public enum Family {
  V4(SocketCalls.AF_INET, 16, 4),
  V6(SocketCalls.AF_INET6, 28, 16);

  final int domain;
  final int sockaddrBytes;
  final int addressBytes;

  Family(int domain, int sockaddrBytes, int addressBytes) {
    this.domain = domain;
    this.sockaddrBytes = sockaddrBytes;
    this.addressBytes = addressBytes;
  }
}
