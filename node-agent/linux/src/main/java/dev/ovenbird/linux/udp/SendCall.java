package dev.ovenbird.linux.udp;

import dev.ovenbird.linux.call.SocketCalls;

/** The call that sends; tests put a kernel in its place that refuses segmentation. */
interface SendCall {
  SendCall SENDMMSG =
      (fd, vector, count) -> SocketCalls.sendmmsg(fd, vector, count, SocketCalls.MSG_DONTWAIT);

  /**
   * @param vector address of {@code count} struct mmsghdr
   * @return how many of them went, or a negative error number
   */
  int send(int fd, long vector, int count);
}
