package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig;
import org.jspecify.annotations.Nullable;

/** Where an instance's files are to lie. */
public interface InstanceLayout {
  InstanceConfig.Files files(InstanceId instance);

  @Nullable String controlSocket(InstanceId instance);
}
