package dev.ovenbird.e2e.interop;

/** How the control packets of renegotiations are protected. */
enum Renewal {
  SAME_WRAP("same wrap"),
  DYNAMIC_TLS_CRYPT("dynamic tls-crypt");

  private final String label;

  Renewal(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }
}
