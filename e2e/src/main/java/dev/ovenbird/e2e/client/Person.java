package dev.ovenbird.e2e.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody at a stock openvpn who types a user name, a password and codes, by the management
 * interface as graphical clients do (digest 11).
 */
public final class Person implements AutoCloseable {
  private static final Pattern CHALLENGE = Pattern.compile("CRV1:[^:]*:([^:]+):[^:]*:");

  private final String username;
  private final String password;
  private final Supplier<String> codes;
  private final AtomicInteger questions = new AtomicInteger();
  private final SocketChannel management;
  private final Thread thread;

  private Person(
      SocketChannel management, String username, String password, Supplier<String> codes) {
    this.management = management;
    this.username = username;
    this.password = password;
    this.codes = codes;
    this.thread = Thread.ofPlatform().name("person " + username).start(this::listen);
  }

  /** What openvpn is to be started with, so that somebody can sit down at it. */
  public static String[] arguments(Path socket) {
    return new String[] {
      "--management", socket.toString(), "unix", "--management-query-passwords", "--verb", "3"
    };
  }

  /**
   * Sits down at it.
   *
   * @param codes of the person's authenticator app, asked for as often as openvpn asks
   */
  public static Person at(
      Scope scope, Path socket, String username, String password, Supplier<String> codes) {
    SocketChannel management =
        Await.until(
            "management interface",
            Duration.ofSeconds(20),
            () -> connected(UnixDomainSocketAddress.of(socket)),
            SocketChannel::isConnected);
    return scope.add(new Person(management, username, password, codes));
  }

  /** A channel that is closed if nobody listens there: the file is made before. */
  private static SocketChannel connected(UnixDomainSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(address);
    } catch (IOException e) {
      channel.close();
    }
    return channel;
  }

  /** How often a password was asked for. */
  public int questions() {
    return questions.get();
  }

  private void listen() {
    String stateId = null;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(Channels.newInputStream(management), UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        Matcher challenge = CHALLENGE.matcher(line);
        if (line.contains("Verification Failed") && challenge.find()) {
          stateId = challenge.group(1);
        } else if (line.startsWith(">PASSWORD:Need 'Auth'")) {
          questions.incrementAndGet();
          say("username \"Auth\" \"" + username + "\"");
          say("password \"Auth\" \"" + field(stateId, line.contains(" SC:")) + "\"");
          stateId = null;
        }
      }
    } catch (IOException e) {
      return; // openvpn has ended, or the person has left.
    }
  }

  private String field(@org.jspecify.annotations.Nullable String stateId, boolean withCode) {
    if (stateId != null) {
      return "CRV1::" + stateId + "::" + codes.get();
    }
    return withCode ? "SCRV1:" + base64(password) + ":" + base64(codes.get()) : password;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private void say(String command) throws IOException {
    ByteBuffer bytes = UTF_8.encode(command + "\n");
    while (bytes.hasRemaining()) {
      management.write(bytes);
    }
  }

  @Override
  public void close() {
    try {
      management.close();
      thread.join(5000);
    } catch (IOException e) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
