package dev.ovenbird.server.metric;

/** What becomes of clients' DNS queries; a metric label. */
public enum DnsEvent {
  /** A query came by UDP. */
  UDP_QUERY,
  /** A query came by TCP. */
  TCP_QUERY,
  /** A name server's answer went to the client. */
  ANSWERED,
  /** No name server answered in time; the client was told SERVFAIL. */
  FAILED,
  /** Dropped: too many waited, of this client or of all. */
  LIMITED,
  /** No query, or one that is not forwarded, such as a zone transfer. */
  REFUSED,
  /** What a name server's port sent did not answer what it was asked; it was ignored. */
  MISMATCHED
}
