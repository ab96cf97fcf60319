package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig;
import org.jspecify.annotations.Nullable;

/** Where an instance's files are to lie. */
public interface InstanceLayout {
  InstanceConfig.Files files(InstanceId instance);

  /** Where the users of a Secret lie. */
  String users(String secret);

  @Nullable String controlSocket(InstanceId instance);

  /** Where health and metrics are served, as ADDRESS:PORT; null for nowhere. */
  @Nullable String httpAddress(InstanceId instance);
}
