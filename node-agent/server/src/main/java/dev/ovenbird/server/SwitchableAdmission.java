package dev.ovenbird.server;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Lets a reload put another admission in the place of the first. Confined to the event loop. */
final class SwitchableAdmission implements Admission {
  /** Its addresses have changed: a temporary failure, so the client comes back (digest 6.6). */
  private static final String CONNECT_AGAIN = "TEMP[backoff 1,advance no]:address changed";

  private Admission current;

  SwitchableAdmission(Admission first) {
    current = first;
  }

  void set(Admission next) {
    current = next;
  }

  /** Whether a session may go on. */
  Verdict recheck(ServerSession session) {
    Verdict verdict = admit(session.identity(), session.peerInfo(), session.path());
    return verdict instanceof Admitted admitted && !same(session, admitted)
        ? new Refused(CONNECT_AGAIN)
        : verdict;
  }

  private static boolean same(ServerSession session, Admitted admitted) {
    return session.clientId().equals(admitted.clientId())
        && session.addresses().size() == admitted.addresses().size()
        && IntStream.range(0, session.addresses().size())
            .allMatch(i -> Arrays.equals(session.addresses().get(i), admitted.addresses().get(i)));
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return current.isKnown(metadata);
  }

  @Override
  public @Nullable PasswordPolicy passwords() {
    return current.passwords();
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    return current.admit(identity, info, path);
  }
}
