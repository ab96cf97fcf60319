package dev.ovenbird.e2e.image;

import dev.ovenbird.server.crypto.AeadChoice;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/** Runs inside the agent's image: says which ciphers its agent would choose, and whose they are. */
final class CryptoCheck {
  private CryptoCheck() {}

  public static void main(String[] arguments) throws Throwable {
    MemorySegment version =
        (MemorySegment)
            Linker.nativeLinker()
                .downcallHandle(
                    SymbolLookup.libraryLookup("libcrypto.so.3", Arena.global())
                        .findOrThrow("OpenSSL_version"),
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                .invokeExact(0);
    System.out.println(AeadChoice.best().getClass().getSimpleName());
    System.out.println(version.reinterpret(Long.MAX_VALUE).getString(0));
  }
}
