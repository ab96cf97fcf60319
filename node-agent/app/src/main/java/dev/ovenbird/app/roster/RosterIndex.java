package dev.ovenbird.app.roster;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.StrictJson;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.server.route.Cidr;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A roster ready for look-ups; never changes. */
public final class RosterIndex {
  private static final Pattern SERIAL = Pattern.compile("[1-9a-f][0-9a-f]{0,39}");

  private final UUID clusterUid;
  private final long generation;
  private final long renderedAtSeconds;
  private final long firstEndSeconds;
  private final Map<UUID, Client> clients;

  /**
   * One client.
   *
   * @param addresses 4 bytes, and then perhaps 16
   * @param endSeconds when its access ends, Unix seconds; Long.MAX_VALUE = never
   * @param networks behind it
   */
  public record Client(
      String uid,
      String name,
      Set<String> serials,
      List<byte[]> addresses,
      List<String> addressTexts,
      boolean suspended,
      long endSeconds,
      List<Cidr> networks) {}

  private RosterIndex(Roster roster, Map<UUID, Client> clients) {
    this.clusterUid = UUID.fromString(roster.clusterUid());
    this.generation = roster.generation();
    this.renderedAtSeconds = roster.renderedAtSeconds();
    this.clients = clients;
    long first = Long.MAX_VALUE;
    for (Client client : clients.values()) {
      first = Math.min(first, client.endSeconds());
    }
    this.firstEndSeconds = first;
  }

  /** Reads a roster of the config's cluster; on any error nothing is returned. */
  public static RosterIndex read(Path file, InstanceConfig config) throws ConfigException {
    return of(file, StrictJson.parse(file, StrictJson.bytes(file), Roster.class), config);
  }

  /**
   * The same of what is at hand.
   *
   * @param file where it lies or will, for errors
   */
  public static RosterIndex of(Path file, Roster roster, InstanceConfig config)
      throws ConfigException {
    if (!roster.clusterUid().equals(config.clusterUid())) {
      throw new ConfigException(
          file + ": field clusterUid: is of another cluster than the config's");
    }
    Cidr ipv4 = Cidr.parse(config.network().ipv4());
    String ipv6Text = config.network().ipv6();
    Cidr ipv6 = ipv6Text == null ? null : Cidr.parse(ipv6Text);
    Map<UUID, Client> clients = HashMap.newHashMap(roster.clients().size());
    Set<Cidr> taken = new HashSet<>();
    for (Roster.Entry entry : roster.clients()) {
      try {
        if (clients.put(uid(entry.uid()), client(entry, ipv4, ipv6, taken)) != null) {
          throw new IllegalArgumentException("is listed twice");
        }
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            file + ": client " + entry.name() + " (" + entry.uid() + "): " + e.getMessage(), e);
      }
    }
    return new RosterIndex(roster, clients);
  }

  private static UUID uid(String text) {
    try {
      UUID uid = UUID.fromString(text);
      if (uid.toString().equals(text)) {
        return uid;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("uid must be a lower-case UUID", e);
    }
    throw new IllegalArgumentException("uid must be a lower-case UUID");
  }

  private static Client client(
      Roster.Entry entry, Cidr ipv4, @Nullable Cidr ipv6, Set<Cidr> taken) {
    for (String serial : entry.serials()) {
      if (!SERIAL.matcher(serial).matches()) {
        throw new IllegalArgumentException(
            "serial '" + serial + "' is not lower-case hex without leading zeros");
      }
    }
    List<byte[]> addresses = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String text : entry.addresses()) {
      Cidr address = Cidr.parse(text);
      Cidr network = address.isIpv6() ? ipv6 : ipv4;
      if (address.length() != 128 || network == null || !network.contains(address)) {
        throw new IllegalArgumentException("address " + text + " is not one of the network's");
      }
      if (!taken.add(address)) {
        throw new IllegalArgumentException("address " + text + " is another client's too");
      }
      addresses.add(address.address());
      texts.add(address.addressText());
    }
    boolean wellFormed =
        addresses.size() >= 1
            && addresses.size() <= 2
            && addresses.get(0).length == 4
            && addresses.get(addresses.size() - 1).length == (addresses.size() == 1 ? 4 : 16);
    if (!wellFormed) {
      throw new IllegalArgumentException("addresses must be one IPv4, then at most one IPv6");
    }
    Long end = entry.notAfterSeconds();
    return new Client(
        entry.uid(),
        entry.name(),
        Set.copyOf(entry.serials()),
        List.copyOf(addresses),
        List.copyOf(texts),
        entry.suspended(),
        end == null ? Long.MAX_VALUE : end,
        entry.routedCIDRs() == null
            ? List.of()
            : entry.routedCIDRs().stream().map(Cidr::parse).distinct().toList());
  }

  public UUID clusterUid() {
    return clusterUid;
  }

  public long generation() {
    return generation;
  }

  /** Unix time at which the operator last vouched for the roster. */
  public long renderedAtSeconds() {
    return renderedAtSeconds;
  }

  public int size() {
    return clients.size();
  }

  public @Nullable Client client(UUID uid) {
    return clients.get(uid);
  }

  /** By the text of its UID; null if it is none or unknown. */
  public @Nullable Client client(String uid) {
    try {
      return clients.get(UUID.fromString(uid));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The earliest end of a client's access after {@code afterSeconds}; Long.MAX_VALUE = none. */
  public long nextEndSeconds(long afterSeconds) {
    if (firstEndSeconds > afterSeconds) {
      return firstEndSeconds;
    }
    long next = Long.MAX_VALUE;
    for (Client client : clients.values()) {
      if (client.endSeconds() > afterSeconds) {
        next = Math.min(next, client.endSeconds());
      }
    }
    return next;
  }
}
