package dev.ovenbird.protocol.message;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What PUSH_UPDATE says to a connected client (digest 6.5): options by type, which is their first
 * word. A type that appears replaces all options of that type; {@code -type} removes them; {@code
 * ?} before an option asks a client that can't change it to ignore it.
 */
public final class PushUpdate {
  /** What OpenVPN 2.7 and OpenVPN 3 from core 3.11 both change while connected. */
  private static final Set<String> UPDATABLE =
      Set.of(
          "block-ipv6",
          "block-outside-dns",
          "dhcp-option",
          "dns",
          "ifconfig",
          "ifconfig-ipv6",
          "redirect-gateway",
          "redirect-private",
          "route",
          "route-gateway",
          "route-ipv6",
          "route-metric",
          "topology",
          "tun-mtu");

  /**
   * OpenVPN 2.7.8 takes these too, and then sets no names at all: its script runs neither for the
   * old ones nor for the new (tried). With an update of routes alone it keeps its names.
   */
  private static final Set<String> NAMES = Set.of("dhcp-option", "dns");

  private PushUpdate() {}

  /**
   * What to say to a client that has the one list of options and should have the other. Left out
   * are options that no client changes while connected, and names, at which OpenVPN 2.7 fails: it
   * has them at its next connect.
   *
   * @return empty if there is nothing to say
   */
  public static List<String> changes(List<String> before, List<String> after) {
    List<String> changes = new ArrayList<>();
    Set<String> types = new HashSet<>();
    for (String option : after) {
      String type = type(option);
      if (isSaid(type) && types.add(type) && !ofType(type, before).equals(ofType(type, after))) {
        changes.addAll(ofType(type, after));
      }
    }
    for (String option : before) {
      String type = type(option);
      if (isSaid(type) && types.add(type)) {
        changes.add("-" + type);
      }
    }
    return changes;
  }

  /**
   * The options of a client after an update.
   *
   * @param update all of it, its continuations put together
   * @return empty if the client has to connect anew: something in it can't be changed while
   *     connected
   * @throws MalformedMessageException if there is a removal with a parameter, or {@code ?-}
   */
  public static Optional<List<String>> apply(List<String> current, List<String> update)
      throws MalformedMessageException {
    List<String> options = new ArrayList<>(current);
    Set<String> replaced = new HashSet<>();
    for (String entry : update) {
      String option = entry.strip();
      boolean removed = option.startsWith("-");
      option = removed ? option.substring(1) : option;
      boolean optional = option.startsWith("?");
      option = optional ? option.substring(1) : option;
      String type = type(option);
      if (type.isEmpty() || type.startsWith("-") || (removed && !type.equals(option))) {
        throw new MalformedMessageException("PUSH_UPDATE with an option that is none");
      }
      if (!UPDATABLE.contains(type)) {
        if (!optional) {
          return Optional.empty();
        }
        continue;
      }
      if (replaced.add(type)) {
        options.removeIf(one -> type(one).equals(type));
      }
      if (!removed) {
        options.add(option);
      }
    }
    return Optional.of(List.copyOf(options));
  }

  private static boolean isSaid(String type) {
    return UPDATABLE.contains(type) && !NAMES.contains(type);
  }

  private static List<String> ofType(String type, List<String> options) {
    return options.stream().filter(option -> type(option).equals(type)).toList();
  }

  private static String type(String option) {
    int end = option.indexOf(' ');
    return end < 0 ? option : option.substring(0, end);
  }
}
