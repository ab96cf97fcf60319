package dev.ovenbird.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** A shared library other than libc; it stays loaded. */
public final class NativeLibrary {
  private final String name;
  private final SymbolLookup symbols;

  /**
   * @param name such as {@code libcrypto.so.3}
   * @throws IllegalArgumentException if this machine does not have it
   */
  public NativeLibrary(String name) {
    this.name = name;
    this.symbols = SymbolLookup.libraryLookup(name, Arena.global());
  }

  /**
   * A function that returns within nanoseconds: no safepoint while it runs.
   *
   * @throws IllegalArgumentException if the library lacks it
   */
  public MethodHandle linkCritical(String function, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(find(function), descriptor, Linker.Option.critical(false));
  }

  /**
   * A function that may take its time.
   *
   * @throws IllegalArgumentException if the library lacks it
   */
  public MethodHandle link(String function, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(find(function), descriptor);
  }

  private MemorySegment find(String function) {
    return symbols
        .find(function)
        .orElseThrow(() -> new IllegalArgumentException(name + " lacks " + function));
  }
}
