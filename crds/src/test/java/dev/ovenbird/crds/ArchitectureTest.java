package dev.ovenbird.crds;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The resources are values: both halves share them, and they know neither. */
@AnalyzeClasses(packages = "dev.ovenbird.crds", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule holds_values_only =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java.lang..",
              "java.util",
              "java.time..",
              "dev.ovenbird.crds..",
              "com.fasterxml.jackson.annotation..",
              "com.fasterxml.jackson.databind.annotation..",
              "io.fabric8.kubernetes..",
              "io.fabric8.generator..",
              "io.fabric8.crd..",
              "org.jspecify.annotations..");
}
