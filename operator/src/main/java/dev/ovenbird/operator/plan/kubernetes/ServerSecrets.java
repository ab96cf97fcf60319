package dev.ovenbird.operator.plan.kubernetes;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all instances of a cluster share, as PEM.
 *
 * @param tlsCryptV2Keys newest first
 * @param staticKeys of legacy profiles, newest first; empty if there are none
 * @param tokenKeys of auth-tokens, newest first; empty if no passwords are asked for
 * @param clientCas certificates by which clients are accepted, newest first
 * @param crossCertificates what servers send after their own certificate; may be empty
 * @param users what the person's Secret of users holds, base64; null if there is none
 */
public record ServerSecrets(
    List<String> tlsCryptV2Keys,
    List<String> staticKeys,
    List<String> tokenKeys,
    List<String> clientCas,
    List<String> crossCertificates,
    @Nullable String users) {
  /** Of a cluster that asks for no passwords. */
  public ServerSecrets(
      List<String> tlsCryptV2Keys,
      List<String> staticKeys,
      List<String> clientCas,
      List<String> crossCertificates) {
    this(tlsCryptV2Keys, staticKeys, List.of(), clientCas, crossCertificates, null);
  }

  public ServerSecrets {
    tlsCryptV2Keys = List.copyOf(tlsCryptV2Keys);
    staticKeys = List.copyOf(staticKeys);
    tokenKeys = List.copyOf(tokenKeys);
    clientCas = List.copyOf(clientCas);
    crossCertificates = List.copyOf(crossCertificates);
  }

  @Override
  public String toString() {
    return "ServerSecrets of " + tlsCryptV2Keys.size() + " keys";
  }
}
