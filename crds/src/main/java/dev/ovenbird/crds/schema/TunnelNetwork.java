package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A network that clients can have addresses of. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value =
        "!isCIDR(self) || !(cidr(self).ip().isUnspecified() || cidr(self).ip().isLoopback()"
            + " || cidr(self).ip().isLinkLocalUnicast() || cidr(self).ip().isLinkLocalMulticast()"
            + " || cidr('224.0.0.0/4').containsIP(cidr(self).ip())"
            + " || cidr('ff00::/8').containsIP(cidr(self).ip()))",
    messageExpression = "self + ' is not for hosts; take a private network such as 10.88.0.0/16'")
@ValidationRule(
    value =
        "!isCIDR(self) || cidr(self).ip().family() == 6"
            + " || (cidr(self).prefixLength() >= 8 && cidr(self).prefixLength() <= 29)",
    messageExpression = "self + ' has not the right size; give a prefix of 8 to 29 bits'")
public @interface TunnelNetwork {}
