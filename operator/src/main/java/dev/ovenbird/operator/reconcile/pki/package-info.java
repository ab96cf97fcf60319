/** Certificate authorities in Secrets, and the signer of instances' certificates. */
@NullMarked
package dev.ovenbird.operator.reconcile.pki;

import org.jspecify.annotations.NullMarked;
