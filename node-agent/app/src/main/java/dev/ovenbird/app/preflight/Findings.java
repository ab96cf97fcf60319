package dev.ovenbird.app.preflight;

import dev.ovenbird.app.preflight.Finding.State;

/** Short ways to say what was found of one type. */
record Findings(String type) {
  Finding good(String message) {
    return new Finding(type, State.Good, "Checked", message);
  }

  Finding bad(String reason, String message) {
    return new Finding(type, State.Bad, reason, message);
  }

  Finding unknown(String reason, String message) {
    return new Finding(type, State.Unknown, reason, message);
  }
}
