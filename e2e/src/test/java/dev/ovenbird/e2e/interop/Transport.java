package dev.ovenbird.e2e.interop;

/** What carries the tunnel. */
enum Transport {
  UDP,
  TCP
}
