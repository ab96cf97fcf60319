/** UDP sockets that receive and send many datagrams with one system call. */
@NullMarked
package dev.ovenbird.linux.udp;

import org.jspecify.annotations.NullMarked;
