package dev.postevent.internal.feed.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class EngineLogTest {
    private final List<LogRecord> records = new ArrayList<>();
    private final Logger target = Logger.getLogger("engine.test");

    @Test
    void theEnginesSlf4jIsOurs() {
        assertThat(LoggerFactory.getILoggerFactory().getLogger("engine.test")).isInstanceOf(EngineLogger.class);
    }

    @Test
    void nothingOfTheEngineIsAboveDebug() {
        target.setLevel(Level.ALL);
        target.setUseParentHandlers(false);
        target.addHandler(new Recorder());
        org.slf4j.Logger engine = LoggerFactory.getLogger("engine.test");
        IllegalStateException cause = new IllegalStateException("why");

        engine.error("failed with {} of {}", 1, 2, cause);
        engine.warn("odd");
        engine.info("configuration {}", "a");

        assertThat(records)
                .extracting(LogRecord::getLevel, LogRecord::getMessage, LogRecord::getThrown)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(Level.FINE, "ERROR failed with 1 of 2", cause),
                        org.assertj.core.groups.Tuple.tuple(Level.FINE, "WARN odd", null),
                        org.assertj.core.groups.Tuple.tuple(Level.FINER, "INFO configuration a", null));
    }

    @Test
    void theDiagnosticContextLeavesNothingOnTheThread() {
        MDC.put("key", "value");

        assertThat(MDC.get("key")).isNull();
    }

    private final class Recorder extends Handler {
        @Override
        public void publish(LogRecord logged) {
            records.add(logged);
        }

        @Override
        public void flush() {
            // nothing is buffered
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
