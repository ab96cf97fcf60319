package dev.ovenbird.protocol.wire;

/** What carries the packets of a link. */
public enum Transport {
  /** One datagram is one packet; loss, reordering, float. */
  UDP,
  /** Each packet has a 16-bit length before it; no loss, no float. */
  TCP
}
