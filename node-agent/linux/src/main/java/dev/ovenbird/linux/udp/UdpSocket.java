package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.call.Errno.EAGAIN;
import static dev.ovenbird.linux.call.Errno.EBADF;
import static dev.ovenbird.linux.call.Errno.EFAULT;
import static dev.ovenbird.linux.call.Errno.EINTR;
import static dev.ovenbird.linux.call.Errno.EINVAL;
import static dev.ovenbird.linux.call.Errno.EIO;
import static dev.ovenbird.linux.call.Errno.EMSGSIZE;
import static dev.ovenbird.linux.call.Errno.ENOBUFS;
import static dev.ovenbird.linux.call.Errno.ENOMEM;
import static dev.ovenbird.linux.call.Errno.ENOPROTOOPT;
import static dev.ovenbird.linux.call.Errno.ENOTSOCK;
import static dev.ovenbird.linux.call.Errno.EOPNOTSUPP;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.ref.Reference;

/**
 * A bound UDP socket that tells to which of the host's addresses a datagram was sent and sends from
 * a named one. Never waits. {@link #receive} and {@link #send} allocate nothing and may each be
 * called by one thread at a time.
 */
public final class UdpSocket implements AutoCloseable {
  /** Pass as address to bind to all addresses. */
  @SuppressWarnings("MutablePublicArray") // It has no elements.
  public static final byte[] WILDCARD = {};

  /** An error of an earlier datagram that the kernel kept may come before the datagrams. */
  private static final int RECEIVE_ATTEMPTS = 4;

  private final Fd fd;
  private final Family family;
  private final int localPort;
  private final SendCall sendCall;
  private boolean segmentation;
  private long messages;
  private long dropped;
  private int lastDropErrno;

  UdpSocket(Fd fd, Family family, int localPort, boolean segmentation, SendCall sendCall) {
    this.fd = fd;
    this.family = family;
    this.localPort = localPort;
    this.segmentation = segmentation;
    this.sendCall = sendCall;
  }

  /**
   * How to bind.
   *
   * @param receiveBuffer bytes that the kernel may hold until they are received, 0 for its default
   * @param sendBuffer bytes that the kernel may hold until they are sent, 0 for its default
   * @param dualStack an IPv6 socket also takes IPv4 datagrams
   * @param segmentation runs of datagrams to one peer go to the kernel as one message, if it can
   *     cut them up (UDP segmentation offload), and may come as one: {@link #receiveRuns}
   */
  public record Options(
      int receiveBuffer, int sendBuffer, boolean dualStack, boolean segmentation) {
    /** 4 MB each (the kernel's 208 kB lose packets), one family. */
    public static final Options DEFAULT = new Options(4 << 20, 4 << 20, false);

    public Options {
      if (receiveBuffer < 0 || sendBuffer < 0) {
        throw new IllegalArgumentException("negative buffer size");
      }
    }

    /** With segmentation. */
    public Options(int receiveBuffer, int sendBuffer, boolean dualStack) {
      this(receiveBuffer, sendBuffer, dualStack, true);
    }
  }

  /**
   * Binds a socket. The port is not shared: a second bind fails.
   *
   * @param address 4 or 16 bytes as the family has it, or {@link #WILDCARD}
   * @param port 0 for one that the kernel chooses
   * @throws LinuxException with the address, and the remedy if there is one
   */
  public static UdpSocket bind(Family family, byte[] address, int port, Options options) {
    return UdpBinding.bind(family, address, port, options);
  }

  /**
   * Takes over a socket that another process bound.
   *
   * @throws LinuxException if the descriptor is no UDP socket
   */
  public static UdpSocket of(Fd inherited) {
    return UdpBinding.of(inherited);
  }

  /** For epoll only. */
  public int fd() {
    return fd.fd();
  }

  public Family family() {
    return family;
  }

  public int localPort() {
    return localPort;
  }

  /**
   * Bytes that the kernel granted; it counts its own overhead in, so about twice what was asked.
   */
  public int receiveBuffer() {
    return UdpBinding.receiveBuffer(fd);
  }

  /** As {@link #receiveBuffer}, for sending. */
  public int sendBuffer() {
    return UdpBinding.sendBuffer(fd);
  }

  /** Whether runs go as one message: asked for, and not found impossible by now. */
  public boolean segmentation() {
    return segmentation;
  }

  /**
   * Asks the kernel to hand over runs of one sender's datagrams in one slot each (UDP GRO). The
   * batches then need slots of {@link ReceiveBatch#RUN_BYTES}.
   *
   * @return whether it does so from now on; never for a socket that was bound without segmentation
   */
  public boolean receiveRuns() {
    return segmentation && UdpBinding.receiveRuns(fd);
  }

  /** Messages that the kernel took; with segmentation fewer than datagrams. */
  public long messages() {
    return messages;
  }

  /** Datagrams that the kernel refused to send and that were given up. */
  public long dropped() {
    return dropped;
  }

  /** Error number of the last datagram given up, 0 if there was none. */
  public int lastDropErrno() {
    return lastDropErrno;
  }

  /**
   * Receives what is there, at most the batch's slots. ICMP errors are passed over.
   *
   * @return how many slots are filled; 0 if nothing waited
   * @throws LinuxException if the descriptor is no longer a socket
   */
  public int receive(ReceiveBatch batch) {
    for (int attempt = 0; attempt < RECEIVE_ATTEMPTS; attempt++) {
      int result =
          SocketCalls.recvmmsg(fd.fd(), batch.address(), batch.slots(), SocketCalls.MSG_DONTWAIT);
      Reference.reachabilityFence(batch);
      if (result >= 0) {
        batch.take(result);
        return result;
      }
      if (EAGAIN.is(result)) {
        break;
      }
      requireSocket("receive", result);
    }
    batch.take(0);
    return 0;
  }

  /**
   * Sends what waits in the batch, in order. A datagram that the kernel refuses (no route, too
   * long, firewall) is given up and counted, with those that go to the same peer in one message;
   * the others go on. What a full socket does not take stays in the batch: wait until the
   * descriptor is writable.
   *
   * @return how many were sent
   * @throws LinuxException if the descriptor is no longer a socket
   */
  public int send(SendBatch batch) {
    if (batch.family() != family) {
      throw new IllegalArgumentException("a batch for " + batch.family() + " on " + this);
    }
    int sent = 0;
    batch.gather(segmentation);
    while (!batch.isEmpty()) {
      if (batch.messages() == 0) {
        batch.gather(segmentation);
      }
      int result = sendCall.send(fd.fd(), batch.address(), batch.messages());
      Reference.reachabilityFence(batch);
      if (result > 0) {
        messages += result;
        sent += batch.remove(result);
      } else if (EAGAIN.is(result)) {
        break;
      } else if (!EINTR.is(result)) {
        requireSocket("send", result);
        refused(batch, result);
      }
    }
    return sent;
  }

  private void refused(SendBatch batch, int result) {
    boolean run = batch.datagrams() > 1;
    if (run && refusesSegmentation(result)) {
      segmentation = false;
      batch.gather(false);
    } else if (run && refusesRun(result)) {
      batch.separate();
      batch.gather(segmentation);
    } else {
      dropped += batch.remove(1);
      lastDropErrno = -result;
    }
  }

  /** A device without checksum offload, IPsec on the route: Linux says EIO. */
  private static boolean refusesSegmentation(int result) {
    return EIO.is(result) || ENOPROTOOPT.is(result) || EOPNOTSUPP.is(result);
  }

  /**
   * What may go one by one: a datagram longer than the path's MTU (EMSGSIZE, EINVAL from older
   * kernels), which Linux fragments if it is alone, and too little memory for the whole. Since a
   * peer can bring these about (ICMP, port 0), they say nothing about other runs.
   */
  private static boolean refusesRun(int result) {
    return EMSGSIZE.is(result) || EINVAL.is(result) || ENOBUFS.is(result) || ENOMEM.is(result);
  }

  private void requireSocket(String operation, int result) {
    if (EBADF.is(result) || ENOTSOCK.is(result) || EFAULT.is(result)) {
      throw new LinuxException(operation + " on " + this, -result);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return "UDP " + family + " port " + localPort;
  }
}
