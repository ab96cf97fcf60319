package dev.ovenbird.crds.schema;

import io.fabric8.generator.annotation.ValidationRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A DNS name or an IP address. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@ValidationRule(
    value = "isIP(self) || (self.size() <= 200 && " + DomainName.IS_NAME + ")",
    messageExpression =
        "'\"' + self + '\" is neither an IP address nor a DNS name; write one such as"
            + " vpn.example.com'")
public @interface HostName {}
