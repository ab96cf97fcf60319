package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An IPv4 or IPv6 network in CIDR notation, without host bits. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value = "isCIDR(self)",
    messageExpression = "self + ' is no CIDR; write one such as 10.88.0.0/16 or fd00:88::/64'")
@ValidationRule(
    value = "!isCIDR(self) || cidr(self) == cidr(self).masked()",
    messageExpression = "self + ' has host bits set; write the first address of the network'")
public @interface Network {}
