package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An EVP_PKEY, freed when it is closed or, at the latest, when nobody has it any more: handshakes
 * that peers give up end without a word. libcrypto wipes private keys as it frees them. Any thread
 * may use it; whoever closes it answers for it that nobody does so meanwhile.
 */
final class KeyHandle implements AutoCloseable {
  /** Something that is done with the key's address. */
  interface Use<R extends @Nullable Object> {
    R with(long key) throws Throwable;
  }

  private final AtomicLong address;
  private final MemorySegment anchor;

  /**
   * @param address of an EVP_PKEY, which now is this object's
   */
  KeyHandle(long address) {
    AtomicLong held = new AtomicLong(address);
    this.address = held;
    // The arena is unreachable when this object is. The action must not know this object.
    this.anchor = MemorySegment.ofAddress(address).reinterpret(Arena.ofAuto(), _ -> free(held));
  }

  <R extends @Nullable Object> R use(Use<R> use) {
    long key = address.get();
    if (key == 0) {
      throw new IllegalStateException("this key is closed");
    }
    try {
      return use.with(key);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    } finally {
      Reference.reachabilityFence(anchor);
    }
  }

  @Override
  public void close() {
    free(address);
  }

  private static void free(AtomicLong held) {
    long key = held.getAndSet(0);
    if (key != 0) {
      try {
        KeyFunctions.get().keyFree.invokeExact(key);
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }
  }
}
