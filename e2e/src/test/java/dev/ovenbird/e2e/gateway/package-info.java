/** What clients reach through the gateway: names, services, packets of any size. */
@NullMarked
package dev.ovenbird.e2e.gateway;

import org.jspecify.annotations.NullMarked;
