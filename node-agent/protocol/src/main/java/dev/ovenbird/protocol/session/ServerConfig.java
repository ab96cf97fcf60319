package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wrap.ServerWraps;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.util.List;

/**
 * Settings of a {@link ServerEndpoint}. Durations in nanoseconds.
 *
 * @param wraps what control packets are protected with
 * @param tls makes the TLS engine of each negotiation
 * @param aead makes the ciphers of each data key
 * @param dataCiphers in order of preference
 * @param renegotiationNanos age of a data key at which the server renegotiates; up to a tenth less
 *     by chance, so that clients don't do it together
 * @param handWindowNanos how long a negotiation may take (60 s)
 * @param transitionWindowNanos how long an old key is accepted after a new one exists (3600 s)
 * @param pingIntervalNanos pushed as ping, and our own interval; whole seconds
 * @param pingTimeoutNanos pushed as ping-restart; a silent session ends here after twice that
 */
public record ServerConfig(
    ServerWraps wraps,
    TlsEngineFactory tls,
    AeadProvider aead,
    List<DataCipher> dataCiphers,
    long renegotiationNanos,
    long handWindowNanos,
    long transitionWindowNanos,
    long pingIntervalNanos,
    long pingTimeoutNanos,
    Limits limits) {
  private static final long SECOND = 1_000_000_000L;

  /**
   * With tls-crypt-v2 alone and the usual rest: the JDK's ciphers, those with AEAD; a new key every
   * hour; pings every 8 s, timeout 24 s; default limits.
   */
  public static ServerConfig of(List<TlsCryptV2ServerKey> wrapKeys, TlsEngineFactory tls) {
    return new ServerConfig(
        ServerWraps.tlsCryptV2(wrapKeys),
        tls,
        new JdkAeadProvider(),
        DataCipher.DEFAULT,
        3600 * SECOND,
        60 * SECOND,
        3600 * SECOND,
        8 * SECOND,
        24 * SECOND,
        Limits.DEFAULT);
  }

  public ServerConfig withWraps(ServerWraps others) {
    return new ServerConfig(
        others,
        tls,
        aead,
        dataCiphers,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        pingIntervalNanos,
        pingTimeoutNanos,
        limits);
  }

  public ServerConfig withRenegotiationNanos(long nanos) {
    return new ServerConfig(
        wraps,
        tls,
        aead,
        dataCiphers,
        nanos,
        handWindowNanos,
        transitionWindowNanos,
        pingIntervalNanos,
        pingTimeoutNanos,
        limits);
  }

  public ServerConfig withDataCiphers(List<DataCipher> others) {
    return new ServerConfig(
        wraps,
        tls,
        aead,
        others,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        pingIntervalNanos,
        pingTimeoutNanos,
        limits);
  }

  public ServerConfig withAead(AeadProvider other) {
    return new ServerConfig(
        wraps,
        tls,
        other,
        dataCiphers,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        pingIntervalNanos,
        pingTimeoutNanos,
        limits);
  }

  public ServerConfig withLimits(Limits others) {
    return new ServerConfig(
        wraps,
        tls,
        aead,
        dataCiphers,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        pingIntervalNanos,
        pingTimeoutNanos,
        others);
  }

  /**
   * Limits, each with a {@link DropReason} and a test.
   *
   * @param maxSessions open sessions, and so peer ids
   * @param maxHalfOpen sessions whose first negotiation is not finished; half of them, rounded up,
   *     under keys that all clients share
   * @param maxStateful of those, ones made without a cookie over UDP: clients up to 2.5 with a key
   *     of their own; 0 = none
   * @param maxInitialPerSecond first packets answered per second
   * @param maxControlMessage bytes of one plaintext control message
   */
  public record Limits(
      int maxSessions,
      int maxHalfOpen,
      int maxStateful,
      int maxInitialPerSecond,
      int maxControlMessage) {
    public static final Limits DEFAULT = new Limits(1000, 1000, 100, 5000, 2048);
  }
}
