package dev.ovenbird.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import org.slf4j.LoggerFactory;

/**
 * Logs go to standard output; nothing reads a logback file, so that a start costs no XML. Found by
 * logback as a service; {@link #apply} changes format and level afterwards.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, LogFormat.human, Level.INFO);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Sets format and level of the whole process.
   *
   * @param level error, warn, info, debug or trace; anything else means info
   */
  public static void apply(LogFormat format, String level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      install(context, format, Level.toLevel(level, Level.INFO));
    }
  }

  /** Says nothing more, until {@link #apply}. */
  public static void silence() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    }
  }

  private static void install(LoggerContext context, LogFormat format, Level level) {
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    Layout<ILoggingEvent> layout =
        format == LogFormat.json ? new JsonLayout() : new HumanLayout(ZoneId.systemDefault());
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setName("console");
    console.setEncoder(encoder);
    console.start();
    root.addAppender(console);
    root.setLevel(level);
    // Looks for a hardware address that nothing here needs, and warns if there is none.
    context.getLogger("io.netty.util.internal.MacAddressUtil").setLevel(Level.ERROR);
    // What goes wrong with the API server is said by who asked it.
    context
        .getLogger("io.fabric8")
        .setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.ERROR : level);
    context.getLogger("io.netty").setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.WARN : level);
  }
}
