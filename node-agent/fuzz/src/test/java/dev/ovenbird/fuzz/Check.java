package dev.ovenbird.fuzz;

/** What must hold whatever the input; a failure is a finding. */
final class Check {
  private Check() {}

  static void that(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
