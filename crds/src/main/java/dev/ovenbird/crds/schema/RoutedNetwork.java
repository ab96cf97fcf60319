package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A network behind a client; not the default route, nor most of it in halves or quarters. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value =
        "!isCIDR(self) || cidr(self).prefixLength() == 0"
            + " || !(cidr(self).ip().isUnspecified() || cidr(self).ip().isLoopback()"
            + " || cidr(self).ip().isLinkLocalUnicast()"
            + " || cidr('224.0.0.0/3').containsIP(cidr(self).ip())"
            + " || cidr('ff00::/8').containsIP(cidr(self).ip()))",
    messageExpression =
        "self + ' is not for hosts; give the network of a site such as 192.168.50.0/24'")
@ValidationRule(
    value =
        "!isCIDR(self)"
            + " || cidr(self).prefixLength() >= (cidr(self).ip().family() == 4 ? 8 : 16)",
    messageExpression =
        "self + ' is larger than a site; give a prefix of at least 8 bits (IPv4) or 16 (IPv6)'")
public @interface RoutedNetwork {}
