package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.Profile;

/** What stock programs are told about socket buffers and the TUN's queue. */
enum Buffers {
  DEFAULT("default", "", ""),
  TUNED("tuned", "Tuned", ", tuned buffers");

  private static final String BYTES = "1048576";
  private static final String PACKETS = "4000";

  private final String option;

  /** What it adds to a measure's key and label. */
  final String key;

  final String label;

  Buffers(String option, String key, String label) {
    this.option = option;
    this.key = key;
    this.label = label;
  }

  /** Lines for a stock server's configuration. */
  String lines() {
    return this == DEFAULT
        ? ""
        : "sndbuf " + BYTES + "\nrcvbuf " + BYTES + "\ntxqueuelen " + PACKETS + "\n";
  }

  Profile tune(Profile profile) {
    return this == DEFAULT
        ? profile
        : profile.with("sndbuf", BYTES).with("rcvbuf", BYTES).with("txqueuelen", PACKETS);
  }

  /** Length of a TUN's queue in packets; 0 = as it is. */
  int queue() {
    return this == DEFAULT ? 0 : Integer.parseInt(PACKETS);
  }

  @Override
  public String toString() {
    return option;
  }
}
