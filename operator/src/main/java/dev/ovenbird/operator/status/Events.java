package dev.ovenbird.operator.status;

import dev.ovenbird.operator.plan.Marks;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kubernetes events about people's objects. What was said is not said again until something else
 * was said of that object; an event that cannot be written is only logged.
 */
public final class Events {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final int REMEMBERED = 20_000;

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<String, String> lastSaid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > REMEMBERED;
        }
      };

  public Events(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Something a person may want to know. */
  public void normal(HasMetadata about, String reason, String message) {
    say("Normal", about, reason, message);
  }

  /** Something a person has to do something about; the message says what. */
  public void warning(HasMetadata about, String reason, String message) {
    say("Warning", about, reason, message);
  }

  private void say(String type, HasMetadata about, String reason, String message) {
    String said = reason + ": " + message;
    synchronized (lastSaid) {
      if (said.equals(lastSaid.put(about.getMetadata().getUid(), said))) {
        return;
      }
    }
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    try {
      client
          .v1()
          .events()
          .inNamespace(about.getMetadata().getNamespace())
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withGenerateName(about.getMetadata().getName() + ".")
                  .withNamespace(about.getMetadata().getNamespace())
                  .endMetadata()
                  .withInvolvedObject(
                      new ObjectReferenceBuilder()
                          .withApiVersion(about.getApiVersion())
                          .withKind(about.getKind())
                          .withNamespace(about.getMetadata().getNamespace())
                          .withName(about.getMetadata().getName())
                          .withUid(about.getMetadata().getUid())
                          .build())
                  .withType(type)
                  .withReason(reason)
                  .withMessage(message)
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource()
                  .withComponent(Marks.OPERATOR)
                  .endSource()
                  .withReportingComponent("ovenbird.dev/operator")
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      LOG.warn("cannot write the event \"{}\": {}", said, e.getMessage());
    }
  }
}
