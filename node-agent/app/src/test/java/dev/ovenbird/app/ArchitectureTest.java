package dev.ovenbird.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The process around the library: it maps, and leaves packets to the server. */
@AnalyzeClasses(packages = "dev.ovenbird.app", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule knows_no_operator =
      noClasses().should().dependOnClassesThat().resideInAPackage("dev.ovenbird.operator..");

  @ArchTest
  static final ArchRule native_functions_are_called_by_linux_alone =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup).*");
}
