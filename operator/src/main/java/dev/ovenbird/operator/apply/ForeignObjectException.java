package dev.ovenbird.operator.apply;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Somebody's own object is where one of the operator's would go; it stays as it is. */
public final class ForeignObjectException extends Exception {
  private static final long serialVersionUID = 1;

  public ForeignObjectException(HasMetadata object) {
    super(
        object.getKind()
            + " "
            + object.getMetadata().getNamespace()
            + "/"
            + object.getMetadata().getName()
            + " exists and was not made by the operator; rename or delete it");
  }
}
