package dev.ovenbird.protocol.wrap;

import java.util.List;

/**
 * The protections that a server takes on one listener: the opcode of a client's first packet says
 * whether the client has a key of its own (digest 2.5).
 *
 * @param clientKeys tls-crypt-v2 server keys; the newest first, all unwrap
 * @param shared tls-crypt and tls-auth keys, tried in order; empty = clients without a key of their
 *     own hear nothing
 * @param renewed whether clients that can are told to protect renegotiations with a key of the
 *     session (dynamic tls-crypt, digest 2.7)
 */
public record ServerWraps(
    List<TlsCryptV2ServerKey> clientKeys, List<StaticWrap> shared, boolean renewed) {
  public ServerWraps {
    clientKeys = List.copyOf(clientKeys);
    shared = List.copyOf(shared);
  }

  /** tls-crypt-v2 alone. */
  public static ServerWraps tlsCryptV2(List<TlsCryptV2ServerKey> keys) {
    return new ServerWraps(keys, List.of(), false);
  }

  public ServerWraps withShared(StaticWrap... wraps) {
    return new ServerWraps(clientKeys, List.of(wraps), renewed);
  }

  public ServerWraps withRenewed(boolean on) {
    return new ServerWraps(clientKeys, shared, on);
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "ServerWraps[" + clientKeys.size() + " server keys, " + shared.size() + " shared]";
  }
}
