package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.data.KeyExpansion;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All that a negotiation's data key is made from: by TLS exporter (digest 4.3) or, for clients
 * without TLS_KEY_EXPORT, by the legacy PRF over both key method messages (4.2).
 *
 * @param record where the key's hot state goes and, if the session is to outlive the process, what
 *     the keys are made of
 * @param wrapKey what a dynamic tls-crypt key is made of besides TLS (2.7); wiped here. Null if
 *     this negotiation makes none
 */
record KeyRecipe(
    boolean export,
    ClientKeyMethod2 client,
    ServerKeyMethod2 server,
    SessionId clientSession,
    SessionId serverSession,
    Role self,
    AeadProvider aead,
    DataFormat format,
    int keyId,
    SessionRecord record,
    long recordOffset,
    @Nullable StaticKey wrapKey) {

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
      DataKey key = format.key(aead, block, self, keyId, record.memory(), recordOffset);
      long secret = record.secretOffset(record.slotOf(recordOffset));
      if (secret >= 0) {
        keep(block.toBytes(), secret);
      }
      return key;
    } finally {
      block.wipe();
    }
  }

  /** The protection of renegotiations; null if none was asked for. */
  @Nullable ControlWrap renewWrap(TlsEngine engine) {
    if (wrapKey == null) {
      return null;
    }
    byte[] exported = engine.exportWrapKey();
    StaticKey renewed = wrapKey.xor(exported);
    try {
      long secret = record.wrapOffset(true);
      if (secret >= 0) {
        keep(renewed.toBytes(), secret);
      }
      return new TlsCrypt(renewed, self);
    } finally {
      Arrays.fill(exported, (byte) 0);
      renewed.wipe();
    }
  }

  private void keep(byte[] bytes, long secret) {
    MemorySegment.copy(bytes, 0, record.memory(), ValueLayout.JAVA_BYTE, secret, bytes.length);
    Arrays.fill(bytes, (byte) 0);
  }

  void wipe() {
    if (wrapKey != null) {
      wrapKey.wipe();
    }
    client.wipe();
    server.wipe();
  }
}
