package dev.ovenbird.crds.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A duration of hours, minutes and seconds, such as 1h30m, within both bounds. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
public @interface DurationBounds {
  /** Each unit once and in this order, and no number that overflows 64 bits of nanoseconds. */
  String PATTERN = "^([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?$";

  String min();

  String max();
}
