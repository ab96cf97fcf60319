package dev.ovenbird.linux.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.Packets;
import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.testkit.Allocation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class TunDeviceTest {
  private static TunDevice ready(String name, TunDevice.Options options) {
    TunDevice tun = TunDevice.open(name, options);
    try (RouteNetlink netlink = RouteNetlink.open()) {
      netlink.disableLinkLocal(tun.interfaceIndex());
      netlink.setUp(tun.interfaceIndex(), true);
      netlink.addAddress(tun.interfaceIndex(), Prefix.parse("10.213.0.1"));
      netlink.replaceRoute(tun.interfaceIndex(), Prefix.parse("10.213.0.2"));
    }
    return tun;
  }

  @Test
  void a_ping_into_the_tun_is_answered_by_who_reads_it() throws Exception {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN)) {
      assertThat(tun.vnetHeader()).isFalse();
      Process ping = Programs.start("ping", "-n", "-c1", "-W5", "10.213.0.2");
      byte[] request = Packets.read(tun);
      assertThat(request).startsWith(0x45).hasSize(84);
      assertThat(Packets.write(tun, Packets.echoReply(request))).isEqualTo(84);
      assertThat(ping.waitFor()).isZero();
    }
  }

  @Test
  void with_vnet_headers_packets_come_and_go_behind_ten_bytes() throws Exception {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.OFFLOADED)) {
      assertThat(tun.vnetHeader()).isTrue();
      byte[] echo = Packets.echoRequest("10.213.0.2", "10.213.0.1", 7);
      byte[] framed = new byte[TunDevice.VNET_HEADER_BYTES + echo.length];
      System.arraycopy(echo, 0, framed, TunDevice.VNET_HEADER_BYTES, echo.length);
      assertThat(Packets.write(tun, framed)).isEqualTo(framed.length);
      byte[] reply = Packets.read(tun);
      assertThat(reply).hasSize(framed.length);
      assertThat(reply[TunDevice.VNET_HEADER_BYTES]).isEqualTo((byte) 0x45);
    }
  }

  @Test
  void udp_segmentation_is_had_only_if_it_is_asked_for() {
    try (TunDevice all = TunDevice.open("ovbt0", TunDevice.Options.OFFLOADED);
        TunDevice tcp = TunDevice.open("ovbt1", new TunDevice.Options(true, false, false, 0));
        TunDevice none = TunDevice.open("ovbt2", new TunDevice.Options(false, true, false, 0))) {
      assertThat(all.udpSegmentation()).as("Linux 6.2 or later").isTrue();
      assertThat(tcp.vnetHeader()).isTrue();
      assertThat(tcp.udpSegmentation()).isFalse();
      assertThat(none.udpSegmentation()).isFalse();
    }
  }

  @Test
  void a_packet_in_pieces_is_one_packet() {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN);
        Arena arena = Arena.ofConfined()) {
      byte[] echo = Packets.echoRequest("10.213.0.2", "10.213.0.1", 8);
      MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, echo);
      IoVector pieces = new IoVector(arena, 2);
      assertThat(pieces.add(memory, 0, 20)).isTrue();
      assertThat(pieces.add(memory, 20, echo.length - 20)).isTrue();
      assertThat(pieces.add(memory, 0, 1)).isFalse();
      assertThat(tun.write(pieces)).isEqualTo(echo.length);
      assertThat(Packets.isEchoReply(Packets.read(tun), 8)).isTrue();
    }
  }

  @Test
  void an_idle_tun_would_block() {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN);
        Arena arena = Arena.ofConfined()) {
      assertThat(tun.read(arena.allocate(2000), 0, 2000)).isEqualTo(TunDevice.WOULD_BLOCK);
    }
  }

  @Test
  void what_is_no_packet_is_refused() {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN)) {
      assertThat(Packets.write(tun, new byte[20])).isEqualTo(TunDevice.REFUSED);
      assertThat(Packets.write(tun, new byte[0])).isEqualTo(TunDevice.REFUSED);
    }
    try (TunDevice tun = TunDevice.open("ovbt1", TunDevice.Options.PLAIN)) {
      byte[] echo = Packets.echoRequest("10.213.0.2", "10.213.0.1", 7);
      assertThat(Packets.write(tun, echo)).as("interface is down").isEqualTo(TunDevice.REFUSED);
    }
  }

  @Test
  void bounds_are_checked_before_the_kernel_is_asked() {
    try (TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN);
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(100);
      assertThatThrownBy(() -> tun.read(memory, 50, 51))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> tun.write(memory, -1, 10))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tun.read(MemorySegment.ofArray(new byte[100]), 0, 100));
      Arena freed = Arena.ofConfined();
      MemorySegment gone = freed.allocate(100);
      freed.close();
      assertThatIllegalArgumentException().isThrownBy(() -> tun.read(gone, 0, 100));
    }
  }

  @Test
  void a_name_in_use_is_said() {
    try (TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN)) {
      assertThatThrownBy(() -> TunDevice.open("ovbt0", TunDevice.Options.PLAIN))
          .isInstanceOf(LinuxException.class)
          .hasMessage(
              "make TUN ovbt0: EBUSY (Device or resource busy): another process holds the TUN of"
                  + " this name; stop it first");
      assertThat(tun.interfaceIndex()).isPositive();
    }
    assertThatThrownBy(() -> TunDevice.open("lo", TunDevice.Options.PLAIN))
        .hasMessageContaining("an interface of this name exists and is no TUN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TunDevice.open("ovb%d", TunDevice.Options.PLAIN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TunDevice.open("sixteen-letters-", TunDevice.Options.PLAIN));
  }

  @Test
  void an_interface_deleted_under_it_is_an_error() {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN);
        RouteNetlink netlink = RouteNetlink.open();
        Arena arena = Arena.ofConfined()) {
      assertThat(netlink.deleteLink("ovbt0")).isTrue();
      assertThatThrownBy(() -> tun.read(arena.allocate(2000), 0, 2000))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("read ovbt0: EBADFD")
          .hasMessageContaining("the interface was deleted");
    }
  }

  @Test
  void only_a_persistent_interface_outlives_its_descriptor() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      TunDevice.open("ovbt0", TunDevice.Options.PLAIN).close();
      assertThat(netlink.links("ovbt")).isEmpty();
      TunDevice.open("ovbt0", new TunDevice.Options(true, true, true, 0)).close();
      assertThat(netlink.links("ovbt")).hasSize(1);
      TunDevice.open("ovbt0", TunDevice.Options.PLAIN).close();
      assertThat(netlink.links("ovbt")).isEmpty();
    }
  }

  @Test
  void the_transmit_queue_is_as_long_as_asked() {
    try (TunDevice tun = TunDevice.open("ovbt0", new TunDevice.Options(false, false, false, 1234));
        RouteNetlink netlink = RouteNetlink.open()) {
      assertThat(netlink.links(tun.name()).getFirst().transmitQueueLength()).isEqualTo(1234);
    }
  }

  @Test
  @SuppressWarnings("try") // Both own one descriptor here; in production there are two processes.
  void a_tun_of_the_parent_is_taken_over() {
    TunDevice parent = ready("ovbt0", TunDevice.Options.OFFLOADED);
    try (TunDevice tun = TunDevice.of(Fd.inherited(parent.fd()))) {
      assertThat(tun.name()).isEqualTo("ovbt0");
      assertThat(tun.vnetHeader()).isTrue();
      assertThat(tun.interfaceIndex()).isEqualTo(parent.interfaceIndex());
    }
  }

  @Test
  void another_descriptor_is_not_taken_over_as_tun() {
    assertThatThrownBy(() -> Fd.inherited(9999))
        .hasMessage("take over inherited file descriptor 9999: EBADF (Bad file descriptor)");
    try (RouteNetlink netlink = RouteNetlink.open()) {
      assertThat(netlink.links("lo")).hasSize(1);
    }
    assertThatThrownBy(() -> TunDevice.of(Fd.inherited(0))).isInstanceOf(LinuxException.class);
  }

  @Test
  void reading_and_writing_allocate_nothing() {
    try (TunDevice tun = ready("ovbt0", TunDevice.Options.PLAIN);
        Arena arena = Arena.ofConfined()) {
      byte[] echo = Packets.echoRequest("10.213.0.2", "10.213.0.1", 7);
      MemorySegment out = arena.allocateFrom(ValueLayout.JAVA_BYTE, echo);
      MemorySegment in = arena.allocate(2000);
      long allocated =
          Allocation.bytesPerRun(
              20_000,
              () -> {
                tun.write(out, 0, echo.length);
                tun.read(in, 0, 2000);
                tun.read(in, 0, 2000);
              });
      assertThat(allocated).isZero();
    }
  }
}
