package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A person's Debian 13: stock openvpn 2.7 with its own dns-updown script, whose backend is
 * systemd-resolved, in a root and mounts of its own.
 */
public final class TrixieClient {
  /** Where its programs ask for names. */
  public static final String STUB = "127.0.0.53";

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String SHOWN = "all shown";

  /** Private mounts, a system bus, the resolver, openvpn; then what the script has set. */
  private static final String SCRIPT =
      """
      set -e
      root=$1 profile=$2 home=$3 domain=$4
      mount --bind "$root" "$root"
      mount -t proc proc "$root/proc"
      mount --rbind /dev "$root/dev"
      mount -t tmpfs tmpfs "$root/run"
      mount -t tmpfs tmpfs "$root/tmp"
      mkdir -p "$root/run/dbus" "$root/run/systemd/resolved.conf.d"
      printf '[Resolve]\\nDNS=%s\\nDNSSEC=no\\nLLMNR=no\\nMulticastDNS=no\\n' "$home" \
        >"$root/run/systemd/resolved.conf.d/home.conf"
      cp "$profile" "$root/tmp/client.ovpn"
      chroot "$root" dbus-daemon --system --nofork --nopidfile --nosyslog &
      until [ -S "$root/run/dbus/system_bus_socket" ]; do sleep 0.1; done
      chroot "$root" /usr/lib/systemd/systemd-resolved &
      until chroot "$root" resolvectl dns >/dev/null 2>&1; do sleep 0.1; done
      chroot "$root" openvpn --version | head -n 1
      {
        until chroot "$root" resolvectl dnsovertls tun0 2>/dev/null | grep -q no &&
          chroot "$root" resolvectl domain tun0 | grep -q "$domain"; do sleep 0.2; done
        chroot "$root" resolvectl --no-pager status tun0
        echo "stub: $(head -c 4096 "$root/etc/resolv.conf" | grep ^nameserver)"
        echo "all shown"
      } &
      exec chroot "$root" openvpn --config /tmp/client.ovpn --disable-dco
      """;

  private final Path root;
  private final LoggedProcess process;

  private TrixieClient(Path root, LoggedProcess process) {
    this.root = root;
    this.process = process;
  }

  /**
   * Connects, and returns when the system's resolver has the tunnel's name server.
   *
   * @param home the name server that the person has without the tunnel
   * @param domain what the tunnel's name server is to be asked for
   */
  public static TrixieClient connect(
      Scope scope, Namespace at, Path profile, String home, String domain) throws IOException {
    Path root = TrixieRoot.folder();
    LoggedProcess process =
        scope.add(
            at.start(
                "openvpn 2.7",
                Map.of(),
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-c",
                SCRIPT,
                "sh",
                root.toString(),
                profile.toString(),
                home,
                domain));
    process.await(SHOWN, LIMIT);
    return new TrixieClient(root, process);
  }

  /** What was printed: the client's log and, of the resolver, what the script has set. */
  public List<String> lines() {
    return process.lines();
  }

  /** Runs a program of this root, whatever its exit status. */
  public Command.Result attempt(String... program) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + process.pid(),
                "--mount",
                "--net",
                "chroot",
                root.toString()));
    command.addAll(List.of(program));
    return Command.attempt(LIMIT, command);
  }
}
