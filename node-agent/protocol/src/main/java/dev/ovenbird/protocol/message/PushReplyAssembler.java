package dev.ovenbird.protocol.message;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts pushed options together again from their messages (digest 6.3). */
public final class PushReplyAssembler {
  private final int maxCharacters;
  private final List<String> options = new ArrayList<>();
  private int characters;

  /**
   * @param maxCharacters of all options together
   */
  public PushReplyAssembler(int maxCharacters) {
    this.maxCharacters = maxCharacters;
  }

  /**
   * Adds one message's options.
   *
   * @return all options, without push-continuation, if this was the last message; else null
   * @throws MalformedMessageException if the limit is exceeded; what was gathered is dropped
   */
  public @Nullable List<String> add(List<String> part) throws MalformedMessageException {
    boolean more = false;
    for (String option : part) {
      if (option.equals(PushReplySplit.MORE)) {
        more = true;
      } else if (!option.equals(PushReplySplit.LAST)) {
        characters += option.length() + 1;
        if (characters > maxCharacters) {
          reset();
          throw new MalformedMessageException("pushed options exceed " + maxCharacters);
        }
        options.add(option);
      }
    }
    if (more) {
      return null;
    }
    List<String> all = List.copyOf(options);
    reset();
    return all;
  }

  private void reset() {
    options.clear();
    characters = 0;
  }
}
