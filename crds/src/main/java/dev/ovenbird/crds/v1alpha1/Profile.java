package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** The generated profiles. */
public record Profile(
    @Default("64")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription(
            "How many remotes a profile lists at most; OpenVPN 2.5 refuses more than 64.")
        Integer maxRemotes) {
  static final Profile DEFAULT = new Profile(64);

  public Profile {
    maxRemotes = maxRemotes == null ? 64 : maxRemotes;
  }
}
