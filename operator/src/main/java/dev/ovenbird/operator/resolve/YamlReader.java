package dev.ovenbird.operator.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Reads the documents of a file as trees that remember their lines. */
final class YamlReader {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_CODE_POINTS = 64 << 20;

  private final List<Problem> problems;
  private final Map<String, Integer> lines = new HashMap<>();

  private YamlReader(List<Problem> problems) {
    this.problems = problems;
  }

  /** Documents of the text, empty ones left out; what is malformed goes to the problems. */
  static List<YamlDocument> read(String text, List<Problem> problems) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_CODE_POINTS);
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setMaxAliasesForCollections(0);
    List<YamlDocument> documents = new ArrayList<>();
    try {
      for (Node node : new Yaml(options).composeAll(new StringReader(text))) {
        YamlReader reader = new YamlReader(problems);
        JsonNode root = reader.convert(node, "");
        if (!root.isNull()) {
          documents.add(new YamlDocument(root, lineOf(node), reader.lines));
        }
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      problems.add(new Problem(line, "", "malformed YAML: " + e.getProblem() + "; correct it"));
    } catch (YAMLException e) {
      // The only limits that a file of this kind can meet: size, depth, and aliases of groups.
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      problems.add(
          new Problem(
              0,
              "",
              first.contains("aliases")
                  ? "has an alias (*name) of a list or group; write it out"
                  : "malformed YAML: " + first + "; correct it"));
    }
    return documents;
  }

  private static int lineOf(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private JsonNode convert(Node node, String path) {
    lines.putIfAbsent(path, lineOf(node));
    return switch (node) {
      case MappingNode mapping -> convertMapping(mapping, path);
      case SequenceNode sequence -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Node item : sequence.getValue()) {
          array.add(convert(item, path + "[" + array.size() + "]"));
        }
        yield array;
      }
      case ScalarNode scalar -> convertScalar(scalar);
      default -> {
        problems.add(new Problem(lineOf(node), path, "is not plain YAML; write it out"));
        yield JsonNodeFactory.instance.nullNode();
      }
    };
  }

  private ObjectNode convertMapping(MappingNode mapping, String path) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (NodeTuple tuple : mapping.getValue()) {
      int line = lineOf(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
        problems.add(new Problem(line, path, "has a key that is not a word; write a field name"));
        continue;
      }
      String key = keyNode.getValue();
      String at = path.isEmpty() ? key : path + "." + key;
      if (object.has(key)) {
        problems.add(
            new Problem(line, at, "is there twice, first on line " + lines.get(at) + "; keep one"));
        continue;
      }
      lines.put(at, line);
      object.set(key, convert(tuple.getValueNode(), at));
    }
    return object;
  }

  private static JsonNode convertScalar(ScalarNode scalar) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    String text = scalar.getValue();
    Tag tag = scalar.getTag();
    if (tag.equals(Tag.NULL)) {
      return nodes.nullNode();
    } else if (tag.equals(Tag.BOOL) && (text.equals("true") || text.equals("false"))) {
      return nodes.booleanNode(text.equals("true"));
    } else if (tag.equals(Tag.INT) && text.matches("-?(0|[1-9][0-9]{0,17})")) {
      return nodes.numberNode(new BigInteger(text).longValue());
    } else if (tag.equals(Tag.FLOAT) && text.matches("-?[0-9]+[.][0-9]+")) {
      return nodes.numberNode(Double.parseDouble(text));
    }
    return nodes.textNode(text);
  }
}
