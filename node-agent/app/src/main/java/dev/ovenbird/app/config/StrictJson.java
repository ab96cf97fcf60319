package dev.ovenbird.app.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON to records with nothing left to chance: unknown, missing, null and twice-given fields,
 * coerced types and trailing text are refused. A component may be absent or null only if it is
 * {@link Nullable}.
 */
public final class StrictJson {
  /** Bytes of the largest file that is read; a roster of 100,000 clients is about 20 MB. */
  static final int MAX_BYTES = 64 << 20;

  /** Characters of a file's own words in a reason. */
  private static final int MAX_QUOTED = 200;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .annotationIntrospector(new RequiredUnlessNullable())
          .build();

  private StrictJson() {}

  /** Reads a file whole; the error says which file and what to do. */
  public static byte[] bytes(Path file) throws ConfigException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigException(file + ": longer than " + (MAX_BYTES >> 20) + " MiB");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": no such file; check the path", e);
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": permission denied; run as root or chmod it", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Parses what {@link #bytes} returned; {@code file} is for the error's text. */
  public static <T extends Record> T parse(Path file, byte[] bytes, Class<T> type)
      throws ConfigException {
    T value;
    try {
      value = MAPPER.readValue(bytes, type);
    } catch (UnrecognizedPropertyException e) {
      throw new ConfigException(file + ": unknown field " + field(e), e);
    } catch (JsonMappingException e) {
      String field = field(e);
      throw new ConfigException(
          file + ": " + (field.isEmpty() ? "" : "field " + field + ": ") + oneLine(e), e);
    } catch (JsonProcessingException e) {
      throw new ConfigException(file + ": not JSON" + where(e) + ": " + oneLine(e), e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (value == null) {
      throw new ConfigException(file + ": holds null");
    }
    String missing = firstNull(value, "");
    if (missing != null) {
      throw new ConfigException(file + ": field " + missing + ": is null");
    }
    return value;
  }

  private static String field(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(printable(step.getFieldName()));
      }
    }
    return path.toString();
  }

  private static String where(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + " column " + e.getLocation().getColumnNr();
  }

  private static String oneLine(JsonProcessingException e) {
    String text = e.getOriginalMessage();
    int end = text.indexOf('\n');
    return printable(end < 0 ? text : text.substring(0, end));
  }

  /** A file's own words in a reason: no control characters, and no more than a reader takes. */
  private static String printable(String text) {
    String cut = text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "_");
  }

  private static @Nullable String firstNull(Record value, String path) {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
      Object part;
      try {
        part = component.getAccessor().invoke(value);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(e);
      }
      if (part == null) {
        if (!isNullable(component.getAnnotatedType())) {
          return name;
        }
        continue;
      }
      String missing = firstNullWithin(part, name);
      if (missing != null) {
        return missing;
      }
    }
    return null;
  }

  private static @Nullable String firstNullWithin(Object part, String name) {
    if (part instanceof Record inner) {
      return firstNull(inner, name);
    }
    if (part instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        Object item = list.get(i);
        String missing =
            item == null ? name + "[" + i + "]" : firstNullWithin(item, name + "[" + i + "]");
        if (missing != null) {
          return missing;
        }
      }
    }
    return null;
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private static final class RequiredUnlessNullable extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
      if (member instanceof AnnotatedParameter parameter
          && parameter.getDeclaringClass().isRecord()) {
        RecordComponent component =
            parameter.getDeclaringClass().getRecordComponents()[parameter.getIndex()];
        return !isNullable(component.getAnnotatedType());
      }
      return super.hasRequiredMarker(member);
    }
  }
}
