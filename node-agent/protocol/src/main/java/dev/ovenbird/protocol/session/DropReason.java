package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;

/** Why a packet went no further; a metric label. */
public enum DropReason {
  TOO_SHORT,
  UNKNOWN_OPCODE,
  /** A packet for no session, and not one that may start one. */
  UNKNOWN_SESSION,
  /** Control packet whose HMAC, tag or wrapped client key does not verify. */
  WRAP_FAILED,
  /** Control packet whose replay id was seen before or is too old. */
  CONTROL_REPLAY,
  /** The cookie in a third packet is not ours, or too old. */
  BAD_COOKIE,
  /** The wrapped client key names a client that the roster does not know. */
  UNKNOWN_CLIENT,
  /** A limit on half-open or open sessions, log-ins, or initial packets, is reached. */
  LIMIT,
  /** Control packet that authenticated and yet makes no sense in this state. */
  MALFORMED,
  /** Data packet for a key that does not exist (yet, or any more). */
  NO_KEY,
  /** Data packet that does not authenticate. */
  DECRYPT_FAILED,
  /** Data packet whose packet id was seen before or is too old. */
  DATA_REPLAY,
  /** Data packet of an epoch that is over, or further ahead than the next few. */
  DATA_EPOCH,
  /** Data packet that is compressed, or in a framing that was not agreed on. */
  COMPRESSED,
  /** Data packet from another address than the session's that may not float. */
  BAD_FLOAT,
  /** Tunnel packet whose source address is not the client's. */
  SPOOFED_SOURCE,
  /** Tunnel packet for a destination that the client may not reach. */
  DESTINATION_REFUSED,
  /** Tunnel packet to an address of the cluster that no session has. */
  NO_ROUTE,
  /** A bounded queue was full. */
  QUEUE_FULL,
  /** Not a whole IPv4 or IPv6 packet. */
  NOT_IP;

  /** What a negative result of {@link DataKey#open} is counted as. */
  static DropReason ofStatus(int status) {
    return switch (status) {
      case DataKey.TOO_SHORT -> TOO_SHORT;
      case DataKey.REPLAY -> DATA_REPLAY;
      case DataKey.UNKNOWN_EPOCH -> DATA_EPOCH;
      case ServerSession.NO_KEY -> NO_KEY;
      default -> DECRYPT_FAILED;
    };
  }
}
