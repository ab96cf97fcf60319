package dev.ovenbird.e2e.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResourceFile;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every CEL rule of the CRDs, with what passes and what doesn't. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrdRulesTest {
  private final ControlPlane plane = ControlPlane.shared();
  private final Scope scope = new Scope();
  private String namespace = "";

  @BeforeAll
  void installs_the_definitions() {
    plane.installDefinitions();
    namespace = plane.namespace(scope, "rules");
  }

  @AfterAll
  void clears_up() {
    scope.close();
  }

  static Stream<RuleCase> cases() {
    return Rule.KINDS.stream().flatMap(kind -> RuleCase.of(kind).stream());
  }

  @Test
  void every_rule_has_a_case_and_every_case_a_rule() {
    List<Rule> rules = Rule.KINDS.stream().flatMap(kind -> Rule.of(kind).stream()).toList();
    List<Rule> bare = new ArrayList<>(rules);
    cases()
        .forEach(
            one -> {
              List<Rule> its =
                  rules.stream()
                      .filter(rule -> rule.kind().equals(one.kind()) && one.isOf(rule))
                      .toList();
              assertThat(its).as("rules of case %s", one).hasSize(1);
              assertThat(one.good()).as("good ones of %s", one).isNotEmpty();
              assertThat(one.bad()).as("bad ones of %s", one).isNotEmpty();
              bare.removeAll(its);
            });
    assertThat(bare).as("rules without a case").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rule_lets_the_good_pass_and_refuses_the_bad_with_its_message(RuleCase one) {
    if (one.before() != null) {
      GenericKubernetesResource before = resource(one.before());
      plane.client().resource(before).inNamespace(namespace).delete();
      plane.client().resource(before).inNamespace(namespace).create();
    }
    SoftAssertions softly = new SoftAssertions();
    for (ObjectNode good : one.good()) {
      softly.assertThatCode(() -> write(one, good)).as("%s", good).doesNotThrowAnyException();
    }
    for (ObjectNode bad : one.bad()) {
      KubernetesClientException refusal =
          catchThrowableOfType(KubernetesClientException.class, () -> write(one, bad));
      softly.assertThat(refusal).as("%s", bad).isNotNull();
      if (refusal != null) {
        softly
            .assertThat(refusal.getStatus().getDetails().getCauses())
            .as("%s", bad)
            .extracting(StatusCause::getMessage)
            .singleElement()
            .asString()
            .contains(one.says());
      }
    }
    if (one.before() != null) {
      plane.client().resource(resource(one.before())).inNamespace(namespace).delete();
    }
    softly.assertAll();
  }

  private void write(RuleCase one, ObjectNode content) {
    var written =
        plane
            .client()
            .resource(resource(content))
            .inNamespace(namespace)
            .dryRun()
            .fieldValidation(FieldValidateable.Validation.STRICT);
    if (one.before() == null) {
      written.create();
    } else {
      written.update();
    }
  }

  private static GenericKubernetesResource resource(ObjectNode content) {
    return Serialization.unmarshal(content.toString(), GenericKubernetesResource.class);
  }

  static Stream<RuleCase> cases_of_one_file() {
    return cases().filter(one -> one.before() == null && !one.kind().equals("VpnInstance"));
  }

  /** As both read the same schema, but each has its own words for what the schema cannot say. */
  @ParameterizedTest
  @MethodSource("cases_of_one_file")
  void local_mode_refuses_the_same(RuleCase one) {
    String field =
        Rule.of(one.kind()).stream()
            .filter(one::isOf)
            .findFirst()
            .orElseThrow()
            .field()
            .replaceFirst("\\[]$", "");
    for (ObjectNode bad : one.bad()) {
      InvalidInputException refusal =
          catchThrowableOfType(InvalidInputException.class, () -> local(one.kind(), bad));
      assertThat(refusal).as("%s", bad).isNotNull();
      assertThat(String.valueOf(refusal.getMessage()).replaceAll("\\[\\d+]", "[]"))
          .as("%s", bad)
          .containsAnyOf(field, "needs Kubernetes");
    }
    for (ObjectNode good : one.good()) {
      assertThatCode(() -> localOrKubernetesOnly(one.kind(), good))
          .as("%s", good)
          .doesNotThrowAnyException();
    }
  }

  private static void localOrKubernetesOnly(String kind, ObjectNode content)
      throws InvalidInputException {
    try {
      local(kind, content);
    } catch (InvalidInputException e) {
      if (!e.lines().stream().allMatch(line -> line.contains("needs Kubernetes"))) {
        throw e;
      }
    }
  }

  private static void local(String kind, ObjectNode content) throws InvalidInputException {
    ObjectNode cluster = kind.equals("VpnCluster") ? content : RuleCase.base("VpnCluster");
    String file = cluster + (kind.equals("VpnCluster") ? "" : "\n---\n" + content);
    ResourceFile.parse("cluster.yaml", file);
  }
}
