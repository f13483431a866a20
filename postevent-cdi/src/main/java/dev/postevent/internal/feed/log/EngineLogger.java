package dev.postevent.internal.feed.log;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * One logger of the engine.
 *
 * <p>Nothing of it is above DEBUG. What an operator has to know of the engine (started, stopped, failed, why, what now) is said by
 * the feed in its own words and by health; the engine itself prints its configuration at INFO, warns of what is normal, and calls it
 * an error to be stopped while it starts.
 */
final class EngineLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    private final transient System.Logger target;

    EngineLogger(String name) {
        this.name = name;
        this.target = System.getLogger(name);
    }

    @Override
    public boolean isTraceEnabled() {
        return target.isLoggable(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return target.isLoggable(Level.TRACE);
    }

    @Override
    public boolean isInfoEnabled() {
        return target.isLoggable(Level.TRACE);
    }

    @Override
    public boolean isWarnEnabled() {
        return target.isLoggable(Level.DEBUG);
    }

    @Override
    public boolean isErrorEnabled() {
        return target.isLoggable(Level.DEBUG);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            org.slf4j.event.Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        String text = level + " " + MessageFormatter.basicArrayFormat(message, arguments);
        if (thrown == null) {
            target.log(levelOf(level), text);
        } else {
            target.log(levelOf(level), text, thrown);
        }
    }

    private static Level levelOf(org.slf4j.event.Level level) {
        return switch (level) {
            case ERROR, WARN -> Level.DEBUG;
            case INFO, DEBUG, TRACE -> Level.TRACE;
        };
    }
}
