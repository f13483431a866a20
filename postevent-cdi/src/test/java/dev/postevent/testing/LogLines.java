package dev.postevent.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a logger is given while this is open, at a level and above. */
public final class LogLines extends Handler implements AutoCloseable {
    private final Logger logger;
    private final Level before;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<String> traced = new CopyOnWriteArrayList<>();

    /** Listens from now on. */
    public LogLines(String name, Level level) {
        this.logger = Logger.getLogger(name);
        this.before = logger.getLevel();
        logger.setLevel(level);
        logger.addHandler(this);
    }

    /** Forgets what came so far. */
    public void clear() {
        lines.clear();
        traced.clear();
    }

    /** Those that contain a text. */
    public List<String> with(String text) {
        return lines.stream().filter(line -> line.contains(text)).toList();
    }

    /** Of those, the ones with a stack trace behind them. */
    public List<String> traced(String text) {
        return traced.stream().filter(line -> line.contains(text)).toList();
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(line.getMessage());
        if (line.getThrown() != null) {
            traced.add(line.getMessage());
        }
    }

    @Override
    public void flush() {
        // nothing waits
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(before);
    }
}
