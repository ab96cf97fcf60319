package dev.ovenbird.e2e.interop;

import java.util.List;

/**
 * How a cell went.
 *
 * @param failures what was not as the cell asks for; empty if all was
 */
record Outcome(Cell cell, double seconds, List<String> failures) {
  boolean passed() {
    return failures.isEmpty();
  }
}
