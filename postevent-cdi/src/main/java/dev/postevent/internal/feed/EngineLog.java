package dev.postevent.internal.feed;

import io.debezium.engine.DebeziumEngine;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.common.config.AbstractConfig;

/**
 * Keeps Debezium's and Kafka's start-up dumps out of the log: where their loggers have no level of their own, it becomes WARNING.
 * Whoever wants them sets the level of {@code dev.postevent.shaded.io.debezium}, which is then left alone. {@link System.Logger}
 * cannot set levels; java.util.logging is what all supported servers map to.
 */
final class EngineLog {
    // held: java.util.logging forgets a logger, and its level, that nobody holds
    private static final List<Logger> QUIET =
            List.of(root(DebeziumEngine.class, "debezium"), root(AbstractConfig.class, "kafka"));

    private EngineLog() {}

    static void quieten() {
        for (Logger logger : QUIET) {
            if (logger.getLevel() == null) {
                logger.setLevel(Level.WARNING);
            }
        }
    }

    private static Logger root(Class<?> type, String word) {
        String name = type.getName();
        return Logger.getLogger(name.substring(0, name.indexOf(word) + word.length()));
    }
}
