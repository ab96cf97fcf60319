package dev.ovenbird.operator.resolve;

/** Takes what checks find; it knows where a field stands, if it stands in a file. */
@FunctionalInterface
interface Problems {
  /**
   * Notes one thing that a person must change.
   *
   * @param field path such as spec.listeners[0].port
   * @param message what is wrong; what to do
   */
  void add(String field, String message);
}
