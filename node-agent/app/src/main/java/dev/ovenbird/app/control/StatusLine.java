package dev.ovenbird.app.control;

import dev.ovenbird.app.log.JsonText;
import dev.ovenbird.server.SessionView;
import java.util.List;
import java.util.function.Function;

/** The answer to {@code status}: one line of JSON. */
public final class StatusLine {
  private StatusLine() {}

  /**
   * @param nameOf name of a client by its id
   */
  public static String of(
      boolean ready,
      boolean accepting,
      String tun,
      int lane,
      List<SessionView> sessions,
      Function<String, String> nameOf) {
    StringBuilder out = new StringBuilder("{\"ready\":").append(ready);
    out.append(",\"accepting\":").append(accepting).append(",\"tun\":");
    JsonText.string(out, tun);
    out.append(",\"lane\":").append(lane).append(",\"sessions\":[");
    for (int i = 0; i < sessions.size(); i++) {
      SessionView session = sessions.get(i);
      out.append(i == 0 ? "{" : ",{");
      text(out, "clientId", session.clientId()).append(',');
      text(out, "name", nameOf.apply(session.clientId())).append(",\"addresses\":[");
      for (int j = 0; j < session.addresses().size(); j++) {
        out.append(j == 0 ? "" : ",");
        JsonText.string(out, session.addresses().get(j));
      }
      text(out.append("],"), "since", session.since().toString()).append(',');
      text(out, "from", session.remote()).append(',');
      text(out, "transport", session.transport().toString()).append(',');
      text(out, "listener", session.listener()).append(',');
      text(out, "cipher", session.cipher());
      out.append(",\"bytesIn\":").append(session.bytesIn());
      out.append(",\"bytesOut\":").append(session.bytesOut()).append('}');
    }
    return out.append("]}").toString();
  }

  private static StringBuilder text(StringBuilder out, String key, String value) {
    out.append('"').append(key).append("\":");
    JsonText.string(out, value);
    return out;
  }
}
