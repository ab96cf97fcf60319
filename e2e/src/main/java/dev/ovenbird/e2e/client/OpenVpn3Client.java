package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * OpenVPN 3 of Debian 13 as a client: its five services on a D-Bus of their own, with mounts and
 * process ids of their own, so that killing the first process leaves nothing.
 */
public final class OpenVpn3Client implements TunnelClient {
  private static final String CONNECTED = "Client INFO: Connected";

  /**
   * The services as the package's D-Bus files start them, each as its own user. The TUN is opened
   * without root's rights over files, so its device is one that everybody may open. Without a file
   * for name servers the client says that it can't set any.
   */
  private static final String SCRIPT =
      """
      set -e
      root=$1 profile=$2
      mount --bind "$root" "$root"
      mount -t proc proc "$root/proc"
      mount --rbind /dev "$root/dev"
      mount -t tmpfs tmpfs "$root/dev/net"
      mknod -m 666 "$root/dev/net/tun" c 10 200
      mount -t tmpfs tmpfs "$root/run"
      mount -t tmpfs tmpfs "$root/tmp"
      mount -t tmpfs tmpfs "$root/var/lib/openvpn3"
      mkdir -p "$root/run/dbus" "$root/var/lib/openvpn3/configs"
      chroot "$root" chown -R _openvpn /var/lib/openvpn3
      cp "$profile" "$root/tmp/client.ovpn"
      cat >"$root/tmp/bus.conf" <<'END'
      <busconfig>
        <type>system</type>
        <listen>unix:path=/run/dbus/system_bus_socket</listen>
        <auth>EXTERNAL</auth>
        <policy context="default">
          <allow user="*"/>
          <allow own="*"/>
          <allow send_destination="*" eavesdrop="true"/>
          <allow receive_sender="*" eavesdrop="true"/>
        </policy>
      </busconfig>
      END
      inside() { chroot "$root" "$@"; }
      service=/usr/libexec/openvpn3-linux/openvpn3-service
      await() {
        until inside dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
          org.freedesktop.DBus.NameHasOwner "string:net.openvpn.v3.$1" | grep -q 'boolean true'
        do sleep 0.05; done
      }
      inside dbus-daemon --config-file=/tmp/bus.conf --nofork --nopidfile --nosyslog &
      until [ -S "$root/run/dbus/system_bus_socket" ]; do sleep 0.05; done
      inside $service-log --idle-exit 0 --log-level 6 --state-dir /var/lib/openvpn3 &
      await log
      inside $service-configmgr --idle-exit 0 --state-dir /var/lib/openvpn3/configs &
      inside $service-netcfg --idle-exit 0 --resolv-conf /tmp/resolv.conf --redirect-method none \
        --state-dir /var/lib/openvpn3 &
      inside setpriv --reuid=_openvpn --regid=_openvpn --clear-groups \
        $service-backendstart --idle-exit 0 --client-disable-protect-socket &
      inside $service-sessionmgr --idle-exit 0 &
      for name in configuration netcfg backends sessions; do await $name; done
      inside openvpn3 session-start --config /tmp/client.ovpn
      wait
      """;

  private final Namespace namespace;
  private final LoggedProcess process;

  private OpenVpn3Client(Namespace namespace, LoggedProcess process) {
    this.namespace = namespace;
    this.process = process;
  }

  /** Starts the services, and a session with this profile. */
  public static OpenVpn3Client start(Scope scope, Namespace namespace, Path profile)
      throws IOException {
    LoggedProcess process =
        namespace.start(
            "OpenVPN 3",
            Map.of(),
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            SCRIPT,
            "sh",
            TrixieRoot.folder().toString(),
            profile.toString());
    return scope.add(new OpenVpn3Client(namespace, process));
  }

  @Override
  public OpenVpn3Client awaitConnected(Duration limit) {
    process.await(CONNECTED, limit);
    return this;
  }

  @Override
  public boolean reaches(String address) {
    return Ping.answers(namespace, address);
  }

  @Override
  public Optional<String> tlsVersion() {
    return Optional.empty();
  }

  @Override
  public Optional<String> cipher() {
    return Optional.empty();
  }

  @Override
  public String tail() {
    return process.tail(60);
  }

  /** Not by SIGTERM, which {@code unshare} keeps from itself; its child is killed with it. */
  @Override
  public void close() {
    process.signal("KILL");
    process.close();
  }

  @Override
  public String toString() {
    return "OpenVPN 3 client in " + namespace;
  }
}
