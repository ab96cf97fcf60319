package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.Role;

/** What a client's control packets are protected with: a shared key, or a key of its own. */
public sealed interface ClientWrap permits StaticWrap, ClientKeyFile {
  /** The 256 bytes that the protection is made of. */
  StaticKey key();

  /** The protection as one side uses it. */
  ControlWrap control(Role role);
}
