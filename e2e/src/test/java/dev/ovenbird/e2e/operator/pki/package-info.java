/** Certificate authorities, the signer of instances, and profiles on a real API server. */
@NullMarked
package dev.ovenbird.e2e.operator.pki;

import org.jspecify.annotations.NullMarked;
