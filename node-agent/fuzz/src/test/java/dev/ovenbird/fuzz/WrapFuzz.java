package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.ReplayReceiver;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsAuth;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import dev.ovenbird.testkit.SeededRandom;
import java.util.List;
import java.util.stream.LongStream;

/** Every wrap, the wrapped client key, the cookie and the replay window: nothing forged opens. */
public final class WrapFuzz {
  private static final SeededRandom RANDOM = new SeededRandom(1);
  private static final StaticKey KEY = StaticKey.random(RANDOM);
  private static final TlsCryptV2ServerKey SERVER = TlsCryptV2ServerKey.random(RANDOM);
  private static final byte[] WKC = WrappedClientKey.wrap(SERVER, KEY, new byte[] {0, 'a'});
  private static final HardResetCookie COOKIE = new HardResetCookie(new byte[32], 1000);

  private WrapFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    List<ControlWrap> wraps =
        List.of(
            new TlsCrypt(KEY, Role.SERVER),
            new TlsAuth(KEY, Role.SERVER, TlsAuth.Digest.SHA1),
            new TlsAuth(KEY, Role.SERVER, TlsAuth.Digest.SHA512));
    for (ControlWrap wrap : wraps) {
      Check.that(wrap.unwrap(data, data.length) == null, "a forged packet was opened");
    }
    Check.that(
        WrappedClientKey.open(List.of(SERVER), data, data.length) == null, "a forged key opened");
    Input input = new Input(data);
    int at = input.next() << 8 | input.next();
    int change = input.next();
    byte[] packet = new byte[1 + input.next() % 64 + WKC.length];
    System.arraycopy(WKC, 0, packet, packet.length - WKC.length, WKC.length);
    int where = packet.length - WKC.length + at % WKC.length;
    packet[where] ^= (byte) change;
    Check.that(
        (WrappedClientKey.open(List.of(SERVER), packet, packet.length) == null) == (change != 0),
        "a changed key opened, or the right one did not");
    SessionId claimed = new SessionId((long) input.nextInt() << 32 | input.nextInt());
    // Jazzer sees what is compared, and so comes to know cookies of earlier slots, too.
    boolean right =
        LongStream.of(5000, 4000, 3000)
            .mapToObj(issued -> COOKIE.issue(new SessionId(1), new byte[4], issued))
            .anyMatch(claimed::equals);
    Check.that(
        COOKIE.matches(claimed, new SessionId(1), new byte[4], 5000) == right,
        "another cookie was taken");
    ReplayReceiver replay = new ReplayReceiver();
    while (!input.isEmpty()) {
      ReplayId id = new ReplayId(input.next() - 3, input.next() & 3);
      replay.accept(id);
      Check.that(!replay.accept(id), "a replay was accepted");
    }
  }
}
