package dev.ovenbird.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** The walls of a sans-IO core, and the order in which a packet passes its rooms. */
@AnalyzeClasses(packages = "dev.ovenbird.protocol", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOM = "dev.ovenbird.protocol.";

  @ArchTest
  static final ArchRule does_no_io =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.channels..", "java.nio.file..", "java.net.http..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.net\\.(.+Socket.*|Socket.+|.*URL.*)|javax\\.net\\.ssl\\..*Socket.*"
                  + "|java\\.io\\.(File|RandomAccess|Console).*")
          .orShould()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  /** The JDK's engine is bytes in, bytes out too; its managers' interfaces also name sockets. */
  @ArchTest
  static final ArchRule only_the_jdks_tls_engine_touches_the_jdks_tls =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.tls\\.Jsse[A-Za-z]+(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("javax.net.ssl..")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.net.Socket");

  @ArchTest
  static final ArchRule starts_no_threads =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.lang\\.(Thread|ThreadLocal|Process.*)|java\\.util\\.Timer.*"
                  + "|java\\.util\\.concurrent\\.(.*Execut.*|ForkJoin.*|CompletableFuture|.*Queue)"
                  + "|java\\.util\\.concurrent\\.locks\\..*");

  @ArchTest
  static final ArchRule reads_no_clock =
      noClasses()
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callConstructor(Date.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  @ArchTest
  static final ArchRule has_no_randomness_of_its_own =
      noClasses()
          .should()
          .callConstructor(SecureRandom.class)
          .orShould()
          .callConstructor(SecureRandom.class, byte[].class)
          .orShould()
          .callMethod(SecureRandom.class, "getInstance", String.class)
          .orShould()
          .callMethod(SecureRandom.class, "getInstanceStrong")
          .orShould()
          .callConstructor(Random.class)
          .orShould()
          .callConstructor(Random.class, long.class)
          .orShould()
          .callMethod(RandomGenerator.class, "getDefault")
          .orShould()
          .callMethod(Math.class, "random")
          .orShould()
          .callMethod(UUID.class, "randomUUID")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.util\\.(SplittableRandom|concurrent\\.ThreadLocalRandom)"
                  + "|org\\.bouncycastle\\.crypto\\.CryptoServicesRegistrar");

  @ArchTest
  static final ArchRule calls_no_native_functions =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup).*");

  @ArchTest
  static final ArchRule rooms_have_no_cycles =
      slices().matching(ROOM + "(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule the_wire_knows_nobody =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "wire..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("wrap", "reliable", "tls", "message", "data", "session"));

  @ArchTest
  static final ArchRule control_wrapping_knows_only_the_wire =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "wrap..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("reliable", "tls", "message", "data", "session"));

  @ArchTest
  static final ArchRule reliability_knows_neither_what_wraps_nor_what_it_carries =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "reliable..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("wrap", "tls", "message", "data", "session"));

  @ArchTest
  static final ArchRule tls_knows_neither_its_carrier_nor_its_messages =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "tls..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("wrap", "reliable", "message", "data", "session"));

  @ArchTest
  static final ArchRule messages_know_no_channel =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "message..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("wrap", "reliable", "tls", "session"));

  @ArchTest
  static final ArchRule the_data_channel_knows_no_control_channel =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "data..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("wrap", "reliable", "tls", "message", "session"));

  private static String[] rooms(String... names) {
    String[] packages = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      packages[i] = ROOM + names[i] + "..";
    }
    return packages;
  }
}
