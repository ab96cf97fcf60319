package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.Pem;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whom a password is sent to: an endpoint with a certificate of {@code caBundle}, for its name. */
class HttpsEndpointTest {
  private static final String HERE = "127.0.0.1";

  private final AtomicInteger asked = new AtomicInteger();
  private @Nullable HttpsServer server;

  /** Its own authority, for one IP address. */
  private record Identity(KeyPair keys, X509Certificate certificate) {
    static Identity of(String address) throws Exception {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair keys = generator.generateKeyPair();
      X500Name name = new X500Name("CN=endpoint");
      Instant now = Instant.now();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.ONE,
              Date.from(now.minus(Duration.ofMinutes(5))),
              Date.from(now.plus(Duration.ofHours(1))),
              name,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.iPAddress, address)));
      return new Identity(
          keys,
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))));
    }

    String pem() throws Exception {
      return Pem.block("CERTIFICATE", certificate.getEncoded());
    }
  }

  @AfterEach
  void close() {
    HttpsServer open = server;
    if (open != null) {
      open.stop(0);
    }
  }

  private void serve(Identity identity) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "endpoint",
        identity.keys().getPrivate(),
        new char[0],
        new Certificate[] {identity.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer made =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    made.setHttpsConfigurator(new HttpsConfigurator(context));
    made.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          byte[] allow = "{\"result\": \"allow\"}".getBytes(UTF_8);
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, allow.length);
          exchange.getResponseBody().write(allow);
          exchange.close();
        });
    made.start();
    server = made;
  }

  private Decision decide(@Nullable String caBundle) throws ConfigException {
    HttpsServer open = java.util.Objects.requireNonNull(server);
    String url = "https://" + HERE + ":" + open.getAddress().getPort() + "/vpn";
    return new HttpAuthenticator(new InstanceConfig.Http(url, caBundle, 5))
        .decide(
            new Attempt(
                "alice", "secret".getBytes(UTF_8), null, false, "uid", "laptop", "192.0.2.1"));
  }

  @Test
  void endpoint_of_the_given_authority_is_asked() throws Exception {
    Identity endpoint = Identity.of(HERE);
    serve(endpoint);
    // Two of them, as while one takes the place of the other.
    String bundle = Identity.of(HERE).pem() + endpoint.pem();
    assertThat(decide(bundle)).isEqualTo(new Decision.Accepted());
    assertThat(asked).hasValue(1);
  }

  @Test
  void endpoint_of_another_authority_or_name_gets_no_password() throws Exception {
    serve(Identity.of(HERE));
    assertThat(decide(Identity.of(HERE).pem())).isInstanceOf(Decision.Unavailable.class);
    assertThat(decide(null)).as("the public ones").isInstanceOf(Decision.Unavailable.class);
    close();
    Identity elsewhere = Identity.of("192.0.2.80");
    serve(elsewhere);
    assertThat(decide(elsewhere.pem())).isInstanceOf(Decision.Unavailable.class);
    assertThat(asked).hasValue(0);
  }

  @Test
  void bundle_that_holds_no_certificate_is_refused_by_its_field() throws Exception {
    serve(Identity.of(HERE));
    for (String bundle : new String[] {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
      assertThatThrownBy(() -> decide(bundle))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("authentication.http.caBundle");
    }
  }
}
