package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.wrap.ControlWrap;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step of one negotiation's TLS session, and the derivation of its data key: what must not run on
 * the packet thread. Touches only the engine (whose tasks never overlap) and its own fields.
 */
final class TlsTask implements SlowTask {
  private static final byte[] NOTHING = {};

  final ControlChannel channel;
  final KeyState key;
  private final boolean start;
  private final List<byte[]> received;
  private final List<byte[]> writes;
  private final @Nullable KeyRecipe recipe;

  private byte[] output = NOTHING;
  private List<byte[]> plaintexts = List.of();
  private boolean handshakeComplete;
  private @Nullable String failure;
  private @Nullable DataKey dataKey;
  private @Nullable ControlWrap renewedWrap;

  TlsTask(
      ControlChannel channel,
      KeyState key,
      boolean start,
      List<byte[]> received,
      List<byte[]> writes,
      @Nullable KeyRecipe recipe) {
    this.channel = channel;
    this.key = key;
    this.start = start;
    this.received = received;
    this.writes = writes;
    this.recipe = recipe;
  }

  @Override
  public void run() {
    try {
      run(key.engine());
    } catch (RuntimeException | StackOverflowError e) {
      // The peer's bytes reach a TLS library here: whatever it throws ends this negotiation only.
      failure = "TLS engine: " + String.valueOf(e).replaceAll("[^ -~]", "_");
    } finally {
      wipe();
    }
  }

  @Override
  public void abandon() {
    failure = "too busy";
    wipe();
  }

  private void wipe() {
    if (recipe != null) {
      recipe.wipe();
    }
    for (byte[] plaintext : writes) {
      Arrays.fill(plaintext, (byte) 0);
    }
  }

  private void run(TlsEngine engine) {
    if (start) {
      engine.start();
    }
    received.forEach(engine::offer);
    if (engine.failure() == null) {
      writes.forEach(engine::write);
      if (recipe != null) {
        renewedWrap = recipe.renewWrap(engine);
        dataKey = recipe.derive(engine);
        engine.forgetExports();
      }
    }
    output = engine.takeOutput();
    plaintexts = engine.takePlaintexts();
    handshakeComplete = engine.isHandshakeComplete();
    failure = engine.failure();
  }

  /** Ciphertext for the peer. */
  byte[] output() {
    return output;
  }

  /** What the peer said, one entry per TLS record. */
  List<byte[]> plaintexts() {
    return plaintexts;
  }

  boolean handshakeComplete() {
    return handshakeComplete;
  }

  @Nullable String failure() {
    return failure;
  }

  /** Whether deriving a data key was part of it, successful or not. */
  boolean derives() {
    return recipe != null;
  }

  @Nullable DataKey dataKey() {
    return dataKey;
  }

  /** What protects renegotiations from now on; null if they are as the first. */
  @Nullable ControlWrap renewedWrap() {
    return renewedWrap;
  }
}
