package dev.ovenbird.operator.issue;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's certificate authority in all generations that are kept, its tls-crypt-v2 server keys,
 * the static keys of its legacy profiles and the keys of its auth-tokens. As texts: {@code
 * ca-<n>.crt}, {@code ca-<n>.key}, {@code cross-<n>.crt} (generation n signed by n − 1), {@code
 * tls-crypt-v2-<n>.key}, {@code static-<n>.key} and {@code auth-token-<n>.key}.
 */
public final class AuthorityGenerations {
  private static final Pattern NAME =
      Pattern.compile(
          "(ca-(\\d{1,6})\\.(crt|key)|cross-(\\d{1,6})\\.crt|tls-crypt-v2-(\\d{1,6})\\.key"
              + "|static-(\\d{1,6})\\.key|auth-token-(\\d{1,6})\\.key)");

  private final SortedMap<Integer, CertificateAuthority> authorities;
  private final SortedMap<Integer, X509Certificate> crosses;
  private final SortedMap<Integer, String> serverKeys;
  private final SortedMap<Integer, String> staticKeys;
  private final SortedMap<Integer, String> tokenKeys;

  private AuthorityGenerations(
      Map<Integer, CertificateAuthority> authorities,
      Map<Integer, X509Certificate> crosses,
      Map<Integer, String> serverKeys,
      Map<Integer, String> staticKeys,
      Map<Integer, String> tokenKeys) {
    this.authorities = Collections.unmodifiableSortedMap(new TreeMap<>(authorities));
    this.crosses = Collections.unmodifiableSortedMap(new TreeMap<>(crosses));
    this.serverKeys = Collections.unmodifiableSortedMap(new TreeMap<>(serverKeys));
    this.staticKeys = Collections.unmodifiableSortedMap(new TreeMap<>(staticKeys));
    this.tokenKeys = Collections.unmodifiableSortedMap(new TreeMap<>(tokenKeys));
  }

  /**
   * The first generation of a cluster, with a new server key.
   *
   * @param generation its number; not 1 if the cluster's resource comes from another place
   * @param keyGeneration the server key's; the same
   */
  public static AuthorityGenerations first(
      int generation, CertificateAuthority authority, int keyGeneration, SecureRandom random) {
    return new AuthorityGenerations(
        Map.of(generation, authority),
        Map.of(),
        Map.of(keyGeneration, TlsCryptV2ServerKey.random(random).toPem()),
        Map.of(),
        Map.of());
  }

  /**
   * From texts by name.
   *
   * @throws GeneralSecurityException if one is missing, unreadable or doesn't go with the others;
   *     the message names it
   */
  public static AuthorityGenerations parse(
      String clusterUid, Map<String, String> texts, SecureRandom random)
      throws GeneralSecurityException {
    for (String name : texts.keySet()) {
      if (!NAME.matcher(name).matches()) {
        throw new GeneralSecurityException(name + " is none of the operator's");
      }
    }
    SortedMap<Integer, CertificateAuthority> authorities = new TreeMap<>();
    for (int generation : numbers(texts, 2)) {
      authorities.put(generation, authority(clusterUid, generation, texts, random));
    }
    SortedMap<Integer, String> serverKeys = new TreeMap<>();
    for (int number : numbers(texts, 5)) {
      serverKeys.put(number, serverKey("tls-crypt-v2-" + number + ".key", texts));
    }
    SortedMap<Integer, String> staticKeys = new TreeMap<>();
    for (int number : numbers(texts, 6)) {
      staticKeys.put(number, staticKey("static-" + number + ".key", texts));
    }
    SortedMap<Integer, String> tokenKeys = new TreeMap<>();
    for (int number : numbers(texts, 7)) {
      tokenKeys.put(number, tokenKey("auth-token-" + number + ".key", texts));
    }
    if (authorities.isEmpty() || serverKeys.isEmpty()) {
      throw new GeneralSecurityException(
          (authorities.isEmpty() ? "ca-<n>.crt" : "tls-crypt-v2-<n>.key") + " is missing");
    }
    SortedMap<Integer, X509Certificate> crosses = new TreeMap<>();
    for (int generation = authorities.firstKey() + 1;
        generation <= authorities.lastKey();
        generation++) {
      CertificateAuthority older = authorities.get(generation - 1);
      CertificateAuthority newer = authorities.get(generation);
      if (older == null || newer == null) {
        throw new GeneralSecurityException(
            "ca-" + (older == null ? generation - 1 : generation) + ".crt is missing");
      }
      crosses.put(generation, cross("cross-" + generation + ".crt", texts, older, newer));
    }
    return new AuthorityGenerations(authorities, crosses, serverKeys, staticKeys, tokenKeys);
  }

  /** With one more generation, which the present one cross-signs. */
  public AuthorityGenerations with(CertificateAuthority next, Instant now) {
    SortedMap<Integer, CertificateAuthority> all = new TreeMap<>(authorities);
    all.put(newest() + 1, next);
    SortedMap<Integer, X509Certificate> signed = new TreeMap<>(crosses);
    signed.put(newest() + 1, authority().crossSign(next.certificate(), now));
    return new AuthorityGenerations(all, signed, serverKeys, staticKeys, tokenKeys);
  }

  /**
   * With server keys up to that generation, but with no more at once than {@link
   * Tls.ServerKey#MOST}; these, if there are as many.
   */
  public AuthorityGenerations withServerKeys(int newest, SecureRandom random) {
    SortedMap<Integer, String> all = new TreeMap<>(serverKeys);
    while (all.lastKey() < newest && all.size() < Tls.ServerKey.MOST) {
      all.put(all.lastKey() + 1, TlsCryptV2ServerKey.random(random).toPem());
    }
    return all.size() == serverKeys.size()
        ? this
        : new AuthorityGenerations(authorities, crosses, all, staticKeys, tokenKeys);
  }

  /** Without server keys below that generation, but with the newest. */
  public AuthorityGenerations fromServerKey(int oldest) {
    int kept = Math.min(oldest, serverKeys.lastKey());
    return new AuthorityGenerations(
        authorities, crosses, serverKeys.tailMap(kept), staticKeys, tokenKeys);
  }

  /** With a static key for legacy profiles; these, if there is one. */
  public AuthorityGenerations withStaticKey(SecureRandom random) {
    return staticKeys.isEmpty()
        ? new AuthorityGenerations(
            authorities,
            crosses,
            serverKeys,
            Map.of(1, StaticKey.random(random).toPem()),
            tokenKeys)
        : this;
  }

  /** With a key of auth-tokens; these, if there is one. */
  public AuthorityGenerations withTokenKey(SecureRandom random) {
    return tokenKeys.isEmpty()
        ? new AuthorityGenerations(
            authorities,
            crosses,
            serverKeys,
            staticKeys,
            Map.of(1, AuthTokenKey.random(random).toPem()))
        : this;
  }

  /** Without generations below that one; their keys are gone for good. */
  public AuthorityGenerations from(int oldest) {
    return new AuthorityGenerations(
        authorities.tailMap(oldest),
        crosses.tailMap(oldest + 1),
        serverKeys,
        staticKeys,
        tokenKeys);
  }

  public int oldest() {
    return authorities.firstKey();
  }

  public int newest() {
    return authorities.lastKey();
  }

  /** The newest, which signs. */
  public CertificateAuthority authority() {
    return Objects.requireNonNull(authorities.get(newest()));
  }

  /** Newest first. */
  public List<ServerKey> serverKeys() {
    return serverKeys.entrySet().stream()
        .map(one -> new ServerKey(one.getKey(), one.getValue()))
        .toList()
        .reversed();
  }

  public IssuedCluster issued() {
    List<X509Certificate> trusted = new ArrayList<>();
    for (CertificateAuthority authority : authorities.values()) {
      // A person's Secret may have brought an earlier one back.
      trusted.remove(authority.certificate());
      trusted.addFirst(authority.certificate());
    }
    return new IssuedCluster(
        newest(),
        authority(),
        trusted,
        new ArrayList<>(crosses.values()).reversed(),
        serverKeys(),
        new ArrayList<>(staticKeys.values()).reversed(),
        new ArrayList<>(tokenKeys.values()).reversed());
  }

  /** What {@link #parse} reads. */
  public SortedMap<String, String> texts() {
    SortedMap<String, String> texts = new TreeMap<>();
    authorities.forEach(
        (generation, authority) -> {
          texts.put("ca-" + generation + ".crt", Pem.of(authority.certificate()));
          texts.put("ca-" + generation + ".key", Pem.of(authority.privateKey()));
        });
    crosses.forEach(
        (generation, cross) -> texts.put("cross-" + generation + ".crt", Pem.of(cross)));
    serverKeys.forEach((number, key) -> texts.put("tls-crypt-v2-" + number + ".key", key));
    staticKeys.forEach((number, key) -> texts.put("static-" + number + ".key", key));
    tokenKeys.forEach((number, key) -> texts.put("auth-token-" + number + ".key", key));
    return texts;
  }

  @Override
  public String toString() {
    return "AuthorityGenerations " + authorities.keySet();
  }

  private static List<Integer> numbers(Map<String, String> texts, int group) {
    return texts.keySet().stream()
        .map(NAME::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(group))
        .filter(number -> number != null)
        .map(Integer::valueOf)
        .distinct()
        .toList();
  }

  private static CertificateAuthority authority(
      String clusterUid, int generation, Map<String, String> texts, SecureRandom random)
      throws GeneralSecurityException {
    String name = "ca-" + generation + ".crt";
    X509Certificate certificate = certificate(name, texts);
    String keyName = "ca-" + generation + ".key";
    String keyText = text(keyName, texts);
    if (certificate.getBasicConstraints() < 0) {
      throw new GeneralSecurityException(name + " is not a CA's certificate");
    }
    CertificateAuthority authority;
    try {
      authority = CertificateAuthority.load(clusterUid, Pem.of(certificate), keyText, random);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(keyName + " " + e.getMessage(), e);
    }
    if (!Pem.matches(authority.privateKey(), certificate)) {
      throw new GeneralSecurityException(keyName + " is not the key of " + name);
    }
    return authority;
  }

  private static X509Certificate cross(
      String name,
      Map<String, String> texts,
      CertificateAuthority older,
      CertificateAuthority newer)
      throws GeneralSecurityException {
    X509Certificate cross = certificate(name, texts);
    try {
      cross.verify(older.certificate().getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(name + " was not signed by the generation before", e);
    }
    if (!cross.getPublicKey().equals(newer.certificate().getPublicKey())) {
      throw new GeneralSecurityException(name + " does not go with the authority of its number");
    }
    return cross;
  }

  private static X509Certificate certificate(String name, Map<String, String> texts)
      throws GeneralSecurityException {
    try {
      return Pem.certificate(text(name, texts));
    } catch (CertificateException e) {
      throw new GeneralSecurityException(name + " is no certificate in PEM", e);
    }
  }

  private static String serverKey(String name, Map<String, String> texts)
      throws GeneralSecurityException {
    try {
      return TlsCryptV2ServerKey.parse(text(name, texts)).toPem();
    } catch (KeyFormatException e) {
      throw new GeneralSecurityException(name + " is no tls-crypt-v2 server key", e);
    }
  }

  private static String staticKey(String name, Map<String, String> texts)
      throws GeneralSecurityException {
    try {
      return StaticKey.parse(text(name, texts)).toPem();
    } catch (KeyFormatException e) {
      throw new GeneralSecurityException(name + " is no OpenVPN static key", e);
    }
  }

  private static String tokenKey(String name, Map<String, String> texts)
      throws GeneralSecurityException {
    String text = text(name, texts);
    try {
      if (AuthTokenKey.parseAll(text).size() == 1) {
        return text;
      }
    } catch (KeyFormatException e) {
      throw new GeneralSecurityException(name + " is no OpenVPN auth-token key", e);
    }
    throw new GeneralSecurityException(name + " is no OpenVPN auth-token key");
  }

  private static String text(String name, Map<String, String> texts)
      throws GeneralSecurityException {
    @Nullable String text = texts.get(name);
    if (text == null) {
      throw new GeneralSecurityException(name + " is missing");
    }
    return text;
  }
}
