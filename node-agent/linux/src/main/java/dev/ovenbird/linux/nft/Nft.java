package dev.ovenbird.linux.nft;

import dev.ovenbird.linux.call.Errno;
import dev.ovenbird.linux.call.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The {@code nft} program. Each call runs it once and waits for it, some tens of milliseconds: not
 * on the packet thread. Errors are {@link LinuxException}s.
 */
public final class Nft {
  private static final String REMEDY = "install it with 'apt-get install nftables'";
  private static final int TIMEOUT_SECONDS = 10;
  private static final Pattern INET_TABLE = Pattern.compile("table inet (\\S+)");
  private static final Pattern CHAIN =
      Pattern.compile("^table (\\S+ \\S+) \\{|^\\s*chain (\\S+) \\{", Pattern.MULTILINE);

  private final Path program;

  Nft(Path program) {
    this.program = program;
  }

  /**
   * Finds the program on the PATH, or where root's programs are.
   *
   * @throws LinuxException if it is not installed
   */
  public static Nft find() {
    return program()
        .map(Nft::new)
        .orElseThrow(() -> new LinuxException("find nft", Errno.ENOENT.number(), REMEDY));
  }

  /** Whether the program is installed. */
  public static boolean isInstalled() {
    return program().isPresent();
  }

  private static Optional<Path> program() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/sbin"))
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, "nft"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Applies a ruleset: all of it, or nothing and an exception. */
  public void apply(String ruleset) {
    run(List.of("-f", "-"), ruleset);
  }

  /** Makes the table be as described, whatever it was before, in one step. */
  public void apply(NftTable table) {
    apply(table.ruleset());
  }

  /** Names of the tables of family inet that begin so. */
  public List<String> tables(String namePrefix) {
    return INET_TABLE
        .matcher(run(List.of("list", "tables"), ""))
        .results()
        .map(result -> result.group(1))
        .filter(name -> name.startsWith(namePrefix))
        .toList();
  }

  public boolean exists(String table) {
    return tables(table).contains(table);
  }

  /** Deletes a table. Returns false if there is none of this name. */
  public boolean delete(String table) {
    if (!exists(table)) {
      return false;
    }
    // Adding first: another process may have deleted it since.
    apply("add table inet " + table + "\ndelete table inet " + table + "\n");
    return true;
  }

  /** Deletes all tables whose names begin so; returns their names. */
  public List<String> sweep(String namePrefix) {
    if (namePrefix.isEmpty()) {
      throw new IllegalArgumentException("an empty prefix would delete everybody's tables");
    }
    List<String> tables = tables(namePrefix);
    tables.forEach(this::delete);
    return tables;
  }

  /**
   * Chains that drop forwarded packets which no rule accepts, as {@code family table chain}. An
   * accept of ours does not undo theirs.
   */
  public List<String> droppingForwardChains() {
    List<String> dropping = new ArrayList<>();
    String table = "";
    String chain = "";
    for (String line : run(List.of("list", "chains"), "").lines().toList()) {
      Matcher matcher = CHAIN.matcher(line);
      if (matcher.find()) {
        table = matcher.group(1) != null ? matcher.group(1) : table;
        chain = matcher.group(2) != null ? matcher.group(2) : chain;
      } else if (line.contains("hook forward") && line.contains("policy drop")) {
        dropping.add(table + " " + chain);
      }
    }
    return dropping;
  }

  private String run(List<String> arguments, String input) {
    String operation = "nft " + String.join(" ", arguments);
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(arguments);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      CompletableFuture<Void> watchdog =
          CompletableFuture.runAsync(
              process::destroyForcibly,
              CompletableFuture.delayedExecutor(TIMEOUT_SECONDS, TimeUnit.SECONDS));
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It went away without reading; its own words follow.
      }
      // It reads all of its input before it says anything: neither pipe can block the other.
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exitValue = process.waitFor();
      if (!watchdog.cancel(false)) {
        throw new LinuxException(operation, "no answer for " + TIMEOUT_SECONDS + " s");
      }
      if (exitValue != 0) {
        throw new LinuxException(operation, reason(text, exitValue));
      }
      return text;
    } catch (IOException e) {
      throw new LinuxException(operation, "can't run " + program + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinuxException(operation, "interrupted");
    }
  }

  private static String reason(String text, int exitValue) {
    String first = text.lines().findFirst().orElse("exit status " + exitValue).strip();
    return first.contains("Operation not permitted")
        ? first + ": run as root or with the capability CAP_NET_ADMIN"
        : first;
  }
}
