package dev.ovenbird.linux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Native calls stand alone: they know the kernel, and nothing of VPNs. */
@AnalyzeClasses(packages = "dev.ovenbird", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule depends_on_the_jdk_alone =
      classes()
          .that()
          .resideInAPackage("dev.ovenbird.linux..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "dev.ovenbird.linux..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule never_ends_the_process =
      noClasses().should().callMethod(System.class, "exit", int.class);
}
