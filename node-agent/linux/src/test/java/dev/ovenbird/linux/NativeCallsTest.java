package dev.ovenbird.linux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.ovenbird.linux", importOptions = DoNotIncludeTests.class)
class NativeCallsTest {
  @ArchTest
  static final ArchRule only_the_call_package_links_native_functions =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.ovenbird.linux.call")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");
}
