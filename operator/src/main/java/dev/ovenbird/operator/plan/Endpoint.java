package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;

/** Where clients reach an instance; host is a DNS name or an address. */
public record Endpoint(String host, int port, Protocol protocol) {}
