package dev.ovenbird.protocol.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a peer has proved to be: from the verified certificate, and from the metadata of its wrapped
 * client key (which only a holder of the tls-crypt-v2 server key could have written).
 *
 * @param commonName subject CN, at most 64 characters, printable
 * @param serialHex certificate serial, lower-case hex without leading zeros
 * @param uris SAN URIs of the certificate, as written
 * @param fingerprint SHA-256 of the certificate, lower-case hex
 * @param notAfterSeconds end of the certificate, Unix seconds
 * @param metadata metadata of the wrapped client key including its type byte; null where there is
 *     no such key, and the certificate alone says who it is
 */
public record PeerIdentity(
    String commonName,
    String serialHex,
    List<String> uris,
    String fingerprint,
    long notAfterSeconds,
    byte @Nullable [] metadata) {}
