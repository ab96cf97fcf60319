package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A DNS name that neither a profile nor a client's scripts can misread; CVE-2025-10680. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value = "self.size() <= 200 && " + DomainName.IS_NAME,
    messageExpression = "'\"' + self + '\" is no domain; write one such as svc.example.com'")
public @interface DomainName {
  String LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

  /** As CEL over {@code self}; digits and dots alone would be taken for an address. */
  String IS_NAME =
      "!self.matches('^[0-9.]+$') && self.matches('^" + LABEL + "([.]" + LABEL + ")*$')";
}
