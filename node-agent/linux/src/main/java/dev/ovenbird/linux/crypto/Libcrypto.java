package dev.ovenbird.linux.crypto;

import dev.ovenbird.linux.call.NativeLibrary;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libcrypto 3 that AEAD needs. Pointers are longs: no objects on the packet path.
 * The calls take well under a microsecond, so they are linked without a safepoint transition.
 */
final class Libcrypto {
  /** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h. */
  static final int GET_TAG = 0x10;

  static final int SET_TAG = 0x11;

  private static final String LIBRARY = "libcrypto.so.3";
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;
  private static final @Nullable Libcrypto LOADED = load();

  final MethodHandle contextNew;
  final MethodHandle contextFree;
  final MethodHandle contextControl;
  final MethodHandle encryptInit;
  final MethodHandle encryptUpdate;
  final MethodHandle encryptFinal;
  final MethodHandle decryptInit;
  final MethodHandle decryptUpdate;
  final MethodHandle decryptFinal;
  private final MethodHandle version;
  private final NativeLibrary library;
  private final Map<AeadAlgorithm, Long> ciphers = new ConcurrentHashMap<>();

  private Libcrypto(NativeLibrary library) {
    this.library = library;
    contextNew = link("EVP_CIPHER_CTX_new", POINTER);
    contextFree = linkVoid("EVP_CIPHER_CTX_free", POINTER);
    contextControl = link("EVP_CIPHER_CTX_ctrl", INT, POINTER, INT, INT, POINTER);
    encryptInit = link("EVP_EncryptInit_ex", INT, POINTER, POINTER, POINTER, POINTER, POINTER);
    encryptUpdate = link("EVP_EncryptUpdate", INT, POINTER, POINTER, POINTER, POINTER, INT);
    encryptFinal = link("EVP_EncryptFinal_ex", INT, POINTER, POINTER, POINTER);
    decryptInit = link("EVP_DecryptInit_ex", INT, POINTER, POINTER, POINTER, POINTER, POINTER);
    decryptUpdate = link("EVP_DecryptUpdate", INT, POINTER, POINTER, POINTER, POINTER, INT);
    decryptFinal = link("EVP_DecryptFinal_ex", INT, POINTER, POINTER, POINTER);
    version = link("OpenSSL_version", POINTER, INT);
  }

  /** The library, if this machine has it with all of these functions. */
  static Optional<Libcrypto> find() {
    return Optional.ofNullable(LOADED);
  }

  private static @Nullable Libcrypto load() {
    try {
      return new Libcrypto(new NativeLibrary(LIBRARY));
    } catch (IllegalArgumentException absent) {
      return null;
    }
  }

  /** Such as {@code OpenSSL 3.0.19 27 Jan 2026}. */
  String version() {
    try {
      long text = (long) version.invokeExact(0);
      return MemorySegment.ofAddress(text).reinterpret(256).getString(0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The static EVP_CIPHER of an algorithm. Linking takes longer than all else about a new key. */
  long cipher(AeadAlgorithm algorithm) {
    return ciphers.computeIfAbsent(algorithm, this::look);
  }

  private long look(AeadAlgorithm algorithm) {
    try {
      return (long) link(algorithm.function(), POINTER).invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private MethodHandle link(String name, MemoryLayout returned, MemoryLayout... arguments) {
    return library.linkCritical(name, FunctionDescriptor.of(returned, arguments));
  }

  private MethodHandle linkVoid(String name, MemoryLayout... arguments) {
    return library.linkCritical(name, FunctionDescriptor.ofVoid(arguments));
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a downcall threw", thrown);
  }
}
