package dev.ovenbird.operator.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lets this machine forward packets: set only where it is off, said, and restored. What was there
 * before is kept in a file until it is restored, so that a killed predecessor's change is undone
 * too.
 */
final class HostForwarding {
  private static final String IPV4 = "net/ipv4/ip_forward";
  private static final String IPV6 = "net/ipv6/conf/all/forwarding";

  private final Path sysctls;
  private final Path interfaces;
  private final Path record;
  private final Consumer<String> say;

  /**
   * @param sysctls /proc/sys
   * @param interfaces /sys/class/net
   * @param record where the values of before are kept
   */
  HostForwarding(Path sysctls, Path interfaces, Path record, Consumer<String> say) {
    this.sysctls = sysctls;
    this.interfaces = interfaces;
    this.record = record;
    this.say = say;
  }

  /** Switches forwarding on. */
  void enable(boolean ipv6) throws LocalException {
    Map<String, String> before = recorded();
    List<String> wanted = new ArrayList<>(List.of(IPV4));
    if (ipv6 && Files.exists(sysctls.resolve(IPV6))) {
      wanted.add(IPV6);
    }
    for (String name : wanted) {
      if (!read(name).equals("0")) {
        continue;
      }
      if (name.equals(IPV6)) {
        keepRouterAdvertisements(before);
      }
      before.put(name, "0");
      AtomicFile.write(record, StateFile.text(before));
      write(name, "1");
      say.accept("Forwarding was off on this machine: set " + name.replace('/', '.') + " to 1.");
    }
  }

  /** A host that forwards IPv6 ignores router advertisements, and so loses its default route. */
  private void keepRouterAdvertisements(Map<String, String> before) throws LocalException {
    Path conf = sysctls.resolve("net/ipv6/conf");
    for (String device : StateFolder.names(conf, "")) {
      String name = "net/ipv6/conf/" + device + "/accept_ra";
      if (!List.of("all", "default", "lo").contains(device)
          && Files.exists(sysctls.resolve(name))
          && read(name).equals("1")) {
        before.put(name, "1");
        AtomicFile.write(record, StateFile.text(before));
        write(name, "2");
      }
    }
  }

  /** Puts back what was changed, unless another cluster on this machine needs it. */
  void restore() throws LocalException {
    Map<String, String> before = recorded();
    if (before.isEmpty()) {
      return;
    }
    if (StateFolder.names(interfaces, "").stream().anyMatch(name -> name.startsWith("ovb"))) {
      say.accept("Forwarding stays on: another cluster runs on this machine.");
    } else {
      // In reverse: forwarding goes off before router advertisements are as they were.
      for (String name : new ArrayList<>(before.keySet()).reversed()) {
        if (Files.exists(sysctls.resolve(name))) {
          write(name, before.getOrDefault(name, "0"));
        }
      }
      say.accept("Forwarding is off again, as before.");
    }
    try {
      Files.deleteIfExists(record);
    } catch (IOException e) {
      throw LocalException.of(record, e);
    }
  }

  private Map<String, String> recorded() throws LocalException {
    if (!Files.exists(record)) {
      return new LinkedHashMap<>();
    }
    try {
      return StateFile.JSON.readValue(
          AtomicFile.read(record), new TypeReference<LinkedHashMap<String, String>>() {});
    } catch (JsonProcessingException e) {
      return new LinkedHashMap<>();
    }
  }

  private String read(String name) throws LocalException {
    return AtomicFile.read(sysctls.resolve(name)).strip();
  }

  private void write(String name, String value) throws LocalException {
    try {
      Files.writeString(sysctls.resolve(name), value);
    } catch (IOException e) {
      throw new LocalException(
          sysctls.resolve(name)
              + ": cannot be set; run: sysctl -w "
              + name.replace('/', '.')
              + "=1",
          e);
    }
  }
}
