package dev.ovenbird.e2e.demo;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one step makes and later ones use. */
final class Held<T> {
  private @Nullable T value;

  void set(T made) {
    value = made;
  }

  T get() {
    return Objects.requireNonNull(value, "an earlier step made nothing");
  }
}
