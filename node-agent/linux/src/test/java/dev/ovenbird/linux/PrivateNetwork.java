package dev.ovenbird.linux;

import dev.ovenbird.linux.netlink.RouteNetlink;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test method on a thread with a network namespace of its own, in which only lo is. What
 * the test makes there goes with the thread; programs that it starts run in there too.
 */
public final class PrivateNetwork implements InvocationInterceptor {
  private static final int CLONE_NEWNET = 0x40000000;

  private static final MethodHandle UNSHARE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("unshare").orElseThrow(),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> invocationContext,
      ExtensionContext extensionContext)
      throws Throwable {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                enter();
                invocation.proceed();
              } catch (Throwable t) {
                failure.set(t);
              }
            },
            extensionContext.getDisplayName());
    thread.start();
    thread.join();
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  private static void enter() throws Throwable {
    if ((int) UNSHARE.invokeExact(CLONE_NEWNET) != 0) {
      throw new AssertionError("no network namespace: the tests run as root");
    }
    try (RouteNetlink netlink = RouteNetlink.open()) {
      netlink.setUp(1, true);
    }
  }
}
