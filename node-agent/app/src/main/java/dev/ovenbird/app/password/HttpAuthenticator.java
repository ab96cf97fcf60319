package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.server.LogBudget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a program by HTTP: a POST for each log-in, answered by {@code {"result": "allow" | "deny" |
 * "challenge", "reason": …, "text": …, "echo": …}} with status 200. Everything else, and no answer
 * in time, lets nobody in.
 */
final class HttpAuthenticator implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(HttpAuthenticator.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_ANSWER = 16 * 1024;
  private static final int MAX_TEXT = 200;
  private static final Decision DOWN = new Decision.Unavailable("passwords cannot be checked now");

  private final LogBudget lines = new LogBudget(LimitedAuthenticator.MAX_LINES);
  private final HttpRequest.Builder request;
  private final String host;
  private final Duration timeout;
  private final HttpClient client;

  /**
   * @throws ConfigException if the address or the certificates cannot be read
   */
  HttpAuthenticator(InstanceConfig.Http http) throws ConfigException {
    timeout = Duration.ofSeconds(http.timeoutSeconds());
    try {
      URI url = URI.create(http.url());
      host = String.valueOf(url.getHost());
      request = HttpRequest.newBuilder(url).header("Content-Type", "application/json");
    } catch (IllegalArgumentException e) {
      throw new ConfigException("field authentication.http.url: is not an address; correct it", e);
    }
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    String caBundle = http.caBundle();
    if (caBundle != null) {
      builder.sslContext(trusting(caBundle));
    }
    client = builder.build();
  }

  private static SSLContext trusting(String pem) throws ConfigException {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate one :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes(US_ASCII)))) {
        trusted.setCertificateEntry("ca" + number++, one);
      }
      if (number == 0) {
        throw new ConfigException("field authentication.http.caBundle: holds no certificate");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new ConfigException(
          "field authentication.http.caBundle: cannot be read as certificates", e);
    }
  }

  @Override
  public Decision decide(Attempt attempt) {
    byte[] body = body(attempt);
    CompletableFuture<HttpResponse<byte[]>> asked =
        client.sendAsync(
            request.copy().POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER));
    try {
      // A request's own timeout ends with the headers of its answer.
      HttpResponse<byte[]> response = asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return response.statusCode() == 200
          ? decision(response.body())
          : down("status " + response.statusCode());
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return down(cause == null ? "failed" : cause.getClass().getSimpleName());
    } catch (TimeoutException e) {
      return down("no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DOWN;
    } finally {
      // Closes the connection of one that has not ended.
      asked.cancel(true);
      Arrays.fill(body, (byte) 0);
    }
  }

  private Decision down(String why) {
    if (!lines.take(System.nanoTime())) {
      return DOWN;
    }
    LOG.atError()
        .setMessage("The password endpoint gives no answer")
        .addKeyValue("host", host)
        .addKeyValue("why", why)
        .log();
    return DOWN;
  }

  private static byte[] body(Attempt attempt) {
    Wiped out = new Wiped();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("username", attempt.username());
      if (!attempt.passwordProven()) {
        json.writeFieldName("password");
        json.writeUTF8String(attempt.password(), 0, attempt.password().length);
      }
      json.writeBooleanField("passwordProven", attempt.passwordProven());
      if (attempt.response() != null) {
        json.writeStringField("response", attempt.response());
      }
      json.writeStringField("client", attempt.commonName());
      json.writeStringField("clientUid", attempt.clientId());
      json.writeStringField("source", attempt.source());
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    byte[] body = out.toByteArray();
    out.wipe();
    return body;
  }

  private Decision decision(byte[] answer) {
    JsonNode read;
    try {
      read = JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      return down("answer is not JSON");
    } catch (IOException e) {
      return down("answer cannot be read");
    }
    return switch (text(read, "result")) {
      case "allow" -> new Decision.Accepted();
      case "deny" -> {
        String reason = text(read, "reason");
        yield new Decision.Refused(reason.isEmpty() ? "wrong user name or password" : reason);
      }
      case "challenge" ->
          new Decision.Challenged(text(read, "text"), read.path("echo").asBoolean(true));
      case null, default -> down("result is neither allow, deny nor challenge");
    };
  }

  private static String text(@Nullable JsonNode node, String field) {
    String text = node == null ? "" : node.path(field).asText("").replaceAll("[^ -~]", "?");
    // A reason that begins so would be an instruction to the client.
    String plain = text.replaceFirst("^(CRV1|TEMP|SESSION)", "_$1");
    return plain.substring(0, Math.min(MAX_TEXT, plain.length()));
  }

  private static final class Wiped extends ByteArrayOutputStream {
    void wipe() {
      Arrays.fill(buf, (byte) 0);
    }
  }
}
