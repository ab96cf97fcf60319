package dev.ovenbird.app.password;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How often wrong passwords may be tried: so many for a user, a client and an address in ten
 * minutes from the first. Each instance counts for itself.
 */
final class LoginLimits {
  static final int PER_USER = 10;
  static final int PER_CLIENT = 10;
  static final int PER_SOURCE = 50;
  static final long WINDOW_SECONDS = 600;

  /** Of each kind; beyond, the one that was used longest ago is forgotten. */
  static final int MAX_REMEMBERED = 10_000;

  private record Failures(long sinceSeconds, int count) {}

  /** One kind of them. */
  private static final class Counter {
    private final int limit;
    private final Map<String, Failures> failures =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > MAX_REMEMBERED;
          }
        };

    Counter(int limit) {
      this.limit = limit;
    }

    /** Seconds until the next try; 0 = now. */
    long wait(String who, long now) {
      Failures known = failures.get(who);
      if (known == null) {
        return 0;
      }
      long end = known.sinceSeconds() + WINDOW_SECONDS;
      if (now >= end || now < known.sinceSeconds()) {
        failures.remove(who);
        return 0;
      }
      return known.count() < limit ? 0 : end - now;
    }

    void failed(String who, long now) {
      wait(who, now);
      failures.merge(
          who,
          new Failures(now, 1),
          (known, one) -> new Failures(known.sinceSeconds(), known.count() + 1));
    }

    int count(String who) {
      Failures known = failures.get(who);
      return known == null ? 0 : known.count();
    }

    /** Takes back so many. */
    void forgive(String who, int count) {
      failures.computeIfPresent(
          who,
          (_, known) ->
              known.count() > count
                  ? new Failures(known.sinceSeconds(), known.count() - count)
                  : null);
    }
  }

  private record Pair(String user, String client) {}

  private final Counter users = new Counter(PER_USER);
  private final Counter clients = new Counter(PER_CLIENT);
  private final Counter sources = new Counter(PER_SOURCE);

  /** Who has logged in from where. */
  private final Set<Pair> known =
      Collections.newSetFromMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Pair, Boolean> eldest) {
              return size() > MAX_REMEMBERED;
            }
          });

  /** Seconds until this user may be tried from this client and address; 0 = now. */
  synchronized long wait(String user, String client, String source, long now) {
    List<Long> waits = new ArrayList<>();
    long ofUser = users.wait(user, now);
    // What others try by his name keeps no user from where he has logged in before.
    waits.add(known.contains(new Pair(user, client)) ? 0 : ofUser);
    waits.add(clients.wait(client, now));
    waits.add(sources.wait(source, now));
    return waits.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  synchronized void failed(String user, String client, String source, long now) {
    users.failed(user, now);
    clients.failed(client, now);
    sources.failed(source, now);
  }

  /**
   * Who has logged in begins anew, and his client with it, but for what it has tried by other
   * names; his address may be many people's.
   */
  synchronized void succeeded(String user, String client) {
    int own = users.count(user);
    users.forgive(user, own);
    clients.forgive(client, own);
    known.add(new Pair(user, client));
  }
}
