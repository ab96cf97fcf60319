package dev.ovenbird.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What a program may expect of a library that it embeds. */
@AnalyzeClasses(packages = "dev.ovenbird.server", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule knows_neither_resources_nor_kubernetes =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.ovenbird.crds..",
              "dev.ovenbird.app..",
              "dev.ovenbird.operator..",
              "io.fabric8..");

  @ArchTest
  static final ArchRule leaves_the_jvm_as_it_found_it =
      noClasses()
          .should()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .callMethod(System.class, "setProperty", String.class, String.class)
          .orShould()
          .callMethod(Runtime.class, "halt", int.class)
          .orShould()
          .callMethod(Runtime.class, "addShutdownHook", Thread.class)
          .orShould()
          .callMethod(java.security.Security.class, "addProvider", java.security.Provider.class);

  @ArchTest
  static final ArchRule native_functions_are_called_by_linux_alone =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup).*");
}
