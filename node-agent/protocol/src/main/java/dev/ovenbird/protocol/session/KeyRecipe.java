package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.data.KeyExpansion;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * All that a negotiation's data key is made from: by TLS exporter (digest 4.3) or, for clients
 * without TLS_KEY_EXPORT, by the legacy PRF over both key method messages (4.2).
 */
record KeyRecipe(
    boolean export,
    ClientKeyMethod2 client,
    ServerKeyMethod2 server,
    SessionId clientSession,
    SessionId serverSession,
    Role self,
    AeadProvider aead,
    DataCipher cipher,
    int keyId,
    MemorySegment records,
    long recordOffset) {

  DataKey derive(TlsEngine engine) {
    KeyBlock block;
    if (export) {
      byte[] exported = engine.exportDataKeys();
      block = KeyBlock.of(exported);
      Arrays.fill(exported, (byte) 0);
    } else {
      block =
          KeyExpansion.prf(
              client.preMaster(),
              client.random1(),
              server.random1(),
              client.random2(),
              server.random2(),
              clientSession,
              serverSession);
    }
    try {
      return new DataKey(aead, cipher, block, self, keyId, records, recordOffset);
    } finally {
      block.wipe();
    }
  }

  void wipe() {
    client.wipe();
    server.wipe();
  }
}
