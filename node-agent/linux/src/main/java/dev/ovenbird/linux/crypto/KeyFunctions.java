package dev.ovenbird.linux.crypto;

import dev.ovenbird.linux.call.NativeLibrary;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libcrypto 3 that public keys need, linked when the first key is used. Some take
 * hundreds of microseconds, so all are linked with a safepoint transition. They share few shapes:
 * each shape is classes that the JVM makes. Pointers and sizes are longs.
 */
final class KeyFunctions {
  /** NID_X25519, NID_X9_62_id_ecPublicKey and NID_rsaEncryption of openssl/obj_mac.h. */
  static final int X25519 = 1034;

  static final int EC = 408;
  static final int RSA = 6;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final @Nullable KeyFunctions LOADED = load();

  final MethodHandle readPrivateKey;
  final MethodHandle readPublicKey;
  final MethodHandle keyFree;
  final MethodHandle keyNew;
  final MethodHandle copyParameters;
  final MethodHandle setPublicPoint;
  final MethodHandle rawPrivateKey;
  final MethodHandle rawPublicKey;
  final MethodHandle getRawPublicKey;
  final MethodHandle contextNew;
  final MethodHandle contextNewById;
  final MethodHandle contextFree;
  final MethodHandle contextSet;
  final MethodHandle signInit;
  final MethodHandle sign;
  final MethodHandle verifyInit;
  final MethodHandle verify;
  final MethodHandle deriveInit;
  final MethodHandle deriveSetPeer;
  final MethodHandle derive;
  final MethodHandle parametersInit;
  final MethodHandle parametersMake;
  private final MethodHandle clearErrors;
  private final NativeLibrary library;

  private KeyFunctions(NativeLibrary library) {
    this.library = library;
    readPrivateKey = link("d2i_AutoPrivateKey", LONG, LONG, LONG, LONG);
    readPublicKey = link("d2i_PublicKey", LONG, INT, LONG, LONG, LONG);
    keyFree = linkVoid("EVP_PKEY_free", LONG);
    keyNew = link("EVP_PKEY_new", LONG);
    copyParameters = link("EVP_PKEY_copy_parameters", INT, LONG, LONG);
    setPublicPoint = link("EVP_PKEY_set1_encoded_public_key", INT, LONG, LONG, LONG);
    rawPrivateKey = link("EVP_PKEY_new_raw_private_key", LONG, INT, LONG, LONG, LONG);
    rawPublicKey = link("EVP_PKEY_new_raw_public_key", LONG, INT, LONG, LONG, LONG);
    getRawPublicKey = link("EVP_PKEY_get_raw_public_key", INT, LONG, LONG, LONG);
    contextNew = link("EVP_PKEY_CTX_new", LONG, LONG, LONG);
    contextNewById = link("EVP_PKEY_CTX_new_id", LONG, INT, LONG);
    contextFree = linkVoid("EVP_PKEY_CTX_free", LONG);
    contextSet = link("EVP_PKEY_CTX_ctrl_str", INT, LONG, LONG, LONG);
    signInit = link("EVP_PKEY_sign_init", INT, LONG);
    sign = link("EVP_PKEY_sign", INT, LONG, LONG, LONG, LONG, LONG);
    verifyInit = link("EVP_PKEY_verify_init", INT, LONG);
    verify = link("EVP_PKEY_verify", INT, LONG, LONG, LONG, LONG, LONG);
    deriveInit = link("EVP_PKEY_derive_init", INT, LONG);
    deriveSetPeer = link("EVP_PKEY_derive_set_peer", INT, LONG, LONG);
    derive = link("EVP_PKEY_derive", INT, LONG, LONG, LONG);
    parametersInit = link("EVP_PKEY_paramgen_init", INT, LONG);
    parametersMake = link("EVP_PKEY_paramgen", INT, LONG, LONG);
    clearErrors = linkVoid("ERR_clear_error");
  }

  /** The library, if this machine has it with all of these functions. */
  static Optional<KeyFunctions> find() {
    return Optional.ofNullable(LOADED);
  }

  /**
   * @throws IllegalStateException if the machine has no libcrypto 3
   */
  static KeyFunctions get() {
    return find().orElseThrow(() -> new IllegalStateException("no libcrypto 3 here"));
  }

  private static @Nullable KeyFunctions load() {
    try {
      return new KeyFunctions(new NativeLibrary("libcrypto.so.3"));
    } catch (IllegalArgumentException absent) {
      return null;
    }
  }

  /** What a failure left on this thread is not for the next call to find. */
  void clearErrors() {
    try {
      clearErrors.invokeExact();
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  private MethodHandle link(String name, MemoryLayout returned, MemoryLayout... arguments) {
    return library.link(name, FunctionDescriptor.of(returned, arguments));
  }

  private MethodHandle linkVoid(String name, MemoryLayout... arguments) {
    return library.link(name, FunctionDescriptor.ofVoid(arguments));
  }
}
