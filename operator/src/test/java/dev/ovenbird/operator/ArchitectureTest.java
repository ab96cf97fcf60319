package dev.ovenbird.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;

/** A resource goes one way: resolve, plan, issue, profile, apply, status; reconcile drives it. */
@AnalyzeClasses(packages = "dev.ovenbird.operator", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOM = "dev.ovenbird.operator.";

  @ArchTest
  static final ArchRule rooms_have_no_cycles =
      slices().matching(ROOM + "(*)..").should().beFreeOfCycles().allowEmptyShould(true);

  @ArchTest
  static final ArchRule resolving_knows_nothing_of_what_follows =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "resolve..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              rooms("plan", "issue", "profile", "apply", "status", "reconcile", "process", "local"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule planning_knows_nothing_of_what_follows =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "plan..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              rooms("issue", "profile", "apply", "status", "reconcile", "process", "local"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule issuing_knows_nothing_of_what_follows =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "issue..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("apply", "status", "reconcile", "process", "local"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule profiles_know_nothing_of_what_follows =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "profile..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("apply", "status", "reconcile", "process", "local"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule planning_is_pure =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "plan..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.nio.file..", "java.nio.channels..", "org.slf4j..")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(SecureRandom.class)
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(UUID.class, "randomUUID")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule local_mode_needs_no_api_server =
      noClasses()
          .that()
          .resideInAPackage(ROOM + "local..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("apply", "status", "reconcile", "process"))
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quarkus..", "io.javaoperatorsdk..", "jakarta..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule applying_and_status_know_no_controller =
      noClasses()
          .that()
          .resideInAnyPackage(rooms("apply", "status"))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("reconcile", "process", "local"))
          .allowEmptyShould(true);

  private static String[] rooms(String... names) {
    String[] packages = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      packages[i] = ROOM + names[i] + "..";
    }
    return packages;
  }
}
