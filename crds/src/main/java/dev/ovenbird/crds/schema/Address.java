package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An IPv4 or IPv6 address. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value = "isIP(self)",
    messageExpression = "self + ' is no IP address; write one such as 192.0.2.1 or 2001:db8::1'")
public @interface Address {}
