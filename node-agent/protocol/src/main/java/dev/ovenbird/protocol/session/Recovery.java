package dev.ovenbird.protocol.session;

/**
 * Brings a restored session from the TLS session that died with the earlier process to a new one,
 * by a soft reset with the key id that the client waits for. Data flows meanwhile.
 *
 * <p>Where no negotiation was running, that is the id after the last. Where one was (id n), the
 * client is through with it or not: if n's key exists, n + 1 is tried, which a client inside n
 * passes over; then n, with a new TLS session, which works until the client has had an answer to
 * its ClientHello. From then on a client of 2.x has to be made to give up by an alert, and connects
 * anew, with the old keys in use until then. OpenVPN 3 takes n + 1 in any case, and must never be
 * sent an alert: it would lose its TUN.
 *
 * <p>A soft reset costs a client of 2.x the older of its two keys, which may be the one that is
 * sent with until its answer is read; and silence means something only from a client whose packets
 * are read as they come. So no step is taken while they are not (seen on a node without a processor
 * to spare: the answers lay behind ten seconds of data).
 */
final class Recovery {
  private static final long MILLI = 1_000_000L;

  /** For an answer to n + 1, and for data of a client that may not have its options. */
  static final long DOUBT_NANOS = 500 * MILLI;

  /** For a ClientHello within n: the clients' retransmission takes 2 s at the most. */
  private static final long ANSWER_NANOS = 2500 * MILLI;

  /** Long enough that the clients of a full server, whose turns are 10 ms apart, stay apart. */
  private static final long LOOK_AGAIN_NANOS = 250 * MILLI;

  /** A server that is behind for longer always will be. */
  private static final long PATIENCE_NANOS = 8_000 * MILLI;

  private static final long VOLLEY_NANOS = 1000 * MILLI;
  private static final int VOLLEYS = 3;

  private enum Step {
    WAITING,
    NEXT,
    SAME,
    POISONED
  }

  private final ServerNegotiator negotiator;
  private final DataKeyRing keys;
  private final boolean openVpn3;
  private final int finished;
  private final int negotiating;
  private Step step = Step.WAITING;
  private final long patientUntil;
  private long at;
  private int volleys;

  Recovery(ServerNegotiator negotiator, DataKeyRing keys, boolean openVpn3, long at) {
    this.negotiator = negotiator;
    this.keys = keys;
    this.openVpn3 = openVpn3;
    this.finished = keys.record().finished();
    this.negotiating = keys.record().negotiating();
    this.at = at;
    this.patientUntil = at + PATIENCE_NANOS;
  }

  /** When {@link #timeout} wants to be called, boot nanoseconds. */
  long at() {
    return at;
  }

  /** Whether the client may begin a negotiation of its own while one is attempted. */
  boolean isInDoubt() {
    return step != Step.WAITING;
  }

  /** A control packet of the attempt's key id was used. */
  void heard() {
    if (step == Step.NEXT) {
      negotiator.sendWithNewest();
      negotiator.recovered(negotiating, ControlChannel.nextKeyId(negotiating));
    } else if (step == Step.SAME && negotiator.channel.primary().resetReceived) {
      negotiator.recovered(finished, negotiating);
    }
  }

  void timeout(long bootNanos, long wallSeconds) {
    if (bootNanos < at) {
      return;
    }
    if (bootNanos < patientUntil && negotiator.endpoint.isBehind(negotiator.path)) {
      at = bootNanos + LOOK_AGAIN_NANOS;
      return;
    }
    switch (step) {
      case WAITING -> begin(bootNanos, wallSeconds);
      case NEXT -> {
        if (isNegotiatedKeyUsed()) {
          at = bootNanos + ANSWER_NANOS;
          endUnlessNegotiating(bootNanos);
        } else {
          attempt(Step.SAME, negotiating, ANSWER_NANOS, bootNanos, wallSeconds);
        }
      }
      case SAME -> {
        KeyState key = negotiator.channel.primary();
        at = bootNanos + ANSWER_NANOS;
        if (!openVpn3 && (key.peerIsFurther || key.sender.isEmpty())) {
          negotiator.channel.fail(key, "the client is in the midst of it", bootNanos);
          poison(negotiating, bootNanos, wallSeconds);
        } else {
          endUnlessNegotiating(bootNanos);
        }
      }
      case POISONED -> {
        if (volleys < VOLLEYS) {
          poison(Math.max(negotiating, 0), bootNanos, wallSeconds);
        } else {
          negotiator.recoveryEnded(bootNanos);
        }
      }
    }
  }

  private void begin(long bootNanos, long wallSeconds) {
    ServerSession session = negotiator.session;
    if (session == null || !session.isEstablished()) {
      // A client that waits for its options can't renegotiate (2.x refuses); it has to begin anew.
      poison(0, bootNanos, wallSeconds);
    } else if (negotiating < 0) {
      negotiator.channel.softReset(bootNanos, wallSeconds);
    } else if (openVpn3 || keys.find(negotiating) != null) {
      int next = ControlChannel.nextKeyId(negotiating);
      attempt(Step.NEXT, next, DOUBT_NANOS, bootNanos, wallSeconds);
    } else {
      attempt(Step.SAME, negotiating, ANSWER_NANOS, bootNanos, wallSeconds);
    }
  }

  private void attempt(Step next, int keyId, long wait, long bootNanos, long wallSeconds) {
    step = next;
    at = bootNanos + wait;
    negotiator.channel.attempt(keyId, bootNanos, wallSeconds);
  }

  private void poison(int keyId, long bootNanos, long wallSeconds) {
    step = Step.POISONED;
    at = bootNanos + VOLLEY_NANOS;
    volleys++;
    negotiator.channel.poison(keyId, wallSeconds);
  }

  /** Data under the key that was negotiated proves that the client has it. */
  private boolean isNegotiatedKeyUsed() {
    var sending = keys.sending();
    return sending != null && sending.keyId() == negotiating;
  }

  private void endUnlessNegotiating(long bootNanos) {
    if (!negotiator.channel.primary().isNegotiating()) {
      negotiator.recoveryEnded(bootNanos);
    }
  }
}
