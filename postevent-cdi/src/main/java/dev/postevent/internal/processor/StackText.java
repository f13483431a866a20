package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.FailureParts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A failure as the log prints it, but bounded: of a failure that has others in it each has its share of the text, so that the last of
 * them, which most often is what somebody looks for, is there however deep the server's own calls are. Pure.
 */
final class StackText {
    /** Characters. */
    static final int MAX = 8_000;

    private static final int PARTS_MAX = 8;
    /** Of a line for what is left out. */
    private static final int REST_MAX = 40;

    private static final StackTraceElement[] NO_FRAMES = {};

    private StackText() {}

    /** The failure, and what came of which: classes, messages and frames. */
    static String of(Throwable failure) {
        List<Throwable> all = FailureParts.of(failure);
        List<Throwable> parts = all.subList(0, Math.min(PARTS_MAX, all.size()));
        StringBuilder text = new StringBuilder();
        StackTraceElement[] outer = NO_FRAMES;
        for (int i = 0; i < parts.size(); i++) {
            int share = (MAX - text.length()) / (parts.size() - i);
            StackTraceElement[] frames = frames(parts.get(i));
            String title = (i == 0 ? "" : causes(parts.subList(0, i), parts.get(i)) ? "Caused by: " : "With: ")
                    + Failures.text(parts.get(i));
            append(text, title, frames, inCommon(frames, outer), text.length() + share);
            outer = frames;
        }
        return (text.length() > MAX ? text.substring(0, MAX) : text.toString()).replace('\0', '?');
    }

    /** {@code common} frames at the end are those of the failure above, as it goes without saying. */
    private static void append(StringBuilder text, String title, StackTraceElement[] frames, int common, int end) {
        text.append(title).append('\n');
        int shown = 0;
        while (shown < frames.length - common) {
            String line = "\tat " + frames[shown] + '\n';
            if (text.length() + line.length() > end - REST_MAX) {
                break;
            }
            text.append(line);
            shown++;
        }
        if (shown < frames.length) {
            text.append("\t... ").append(frames.length - shown).append(" more\n");
        }
    }

    private static int inCommon(StackTraceElement[] frames, StackTraceElement[] outer) {
        int common = 0;
        while (common < Math.min(frames.length, outer.length)
                && frames[frames.length - 1 - common].equals(outer[outer.length - 1 - common])) {
            common++;
        }
        return common;
    }

    private static boolean causes(List<Throwable> before, Throwable part) {
        return before.stream().anyMatch(outer -> cause(outer) == part);
    }

    /** A failure is a user's object, see {@link Failures}: what it throws when it is asked is that it has none. */
    private static @Nullable Throwable cause(Throwable failure) {
        try {
            return failure.getCause();
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }

    /** As above. */
    private static StackTraceElement[] frames(Throwable failure) {
        try {
            StackTraceElement[] frames = failure.getStackTrace();
            return frames == null ? NO_FRAMES : frames;
        } catch (RuntimeException | StackOverflowError e) {
            return NO_FRAMES;
        }
    }
}
