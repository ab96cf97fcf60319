package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one user's line of a {@link UserFile}; asks for the password, or reads it from a pipe. */
@Command(
    name = "password",
    description = "Makes a user's line for the file of users.",
    mixinStandardHelpOptions = true)
public final class PasswordLine implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "the user's name")
  private String name = "";

  @Option(
      names = "--totp",
      description = "adds a secret for an authenticator app, and says how to enter it there")
  private boolean totp;

  PasswordLine() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PasswordLine()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (name.isEmpty() || name.matches("(?s).*[:\\p{Cntrl}].*") || name.startsWith("#")) {
      System.err.println("ovenbird password: a name has no ':' and does not begin with '#'");
      return 2;
    }
    byte[] password = password();
    if (password == null || password.length == 0) {
      System.err.println("ovenbird password: no password, or two different ones; try again");
      return 2;
    }
    SecureRandom random = new SecureRandom();
    String line = name + ":" + PasswordHash.make(password, random).text();
    Arrays.fill(password, (byte) 0);
    if (totp) {
      String secret = CodeSecret.random(random).base32();
      line += ":" + secret;
      System.err.println(
          "For the authenticator app: otpauth://totp/VPN:"
              + name.replaceAll("[^A-Za-z0-9@._-]", "_")
              + "?issuer=VPN&secret="
              + secret);
    }
    System.out.println(line);
    return 0;
  }

  private static byte @Nullable [] password() throws IOException {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      String line = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
      return line == null ? null : line.getBytes(UTF_8);
    }
    char[] first = console.readPassword("Password: ");
    char[] second = console.readPassword("Again: ");
    byte[] bytes = null;
    if (first != null && second != null && Arrays.equals(first, second)) {
      ByteBuffer encoded = UTF_8.encode(CharBuffer.wrap(first));
      bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      Arrays.fill(encoded.array(), (byte) 0);
    }
    wipe(first);
    wipe(second);
    return bytes;
  }

  private static void wipe(char @Nullable [] text) {
    if (text != null) {
      Arrays.fill(text, '\0');
    }
  }
}
