package dev.ovenbird.operator.profile;

import dev.ovenbird.operator.plan.Endpoint;

/** One entry of a profile. */
public record Remote(String instance, Endpoint endpoint) {}
