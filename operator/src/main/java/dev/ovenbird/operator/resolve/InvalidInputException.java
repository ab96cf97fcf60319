package dev.ovenbird.operator.resolve;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** An input that nothing is made from; the message has one line for each problem. */
public final class InvalidInputException extends Exception {
  private static final long serialVersionUID = 1;

  public InvalidInputException(String file, List<Problem> problems) {
    super(
        problems.stream()
            .sorted(Comparator.comparingInt(Problem::line))
            .distinct()
            .map(problem -> problem.in(file))
            .collect(Collectors.joining("\n")));
  }

  /** Problems of an object of the API server. */
  public InvalidInputException(List<Problem> problems) {
    super(problems.stream().map(Problem::text).distinct().collect(Collectors.joining("\n")));
  }

  /** The problems as lines. */
  public List<String> lines() {
    return String.valueOf(getMessage()).lines().toList();
  }
}
