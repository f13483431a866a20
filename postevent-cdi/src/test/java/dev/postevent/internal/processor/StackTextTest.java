package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StackTextTest {
    /** As deep as a server's. */
    private static <T extends Throwable> T deep(T failure, String where, int frames) {
        failure.setStackTrace(IntStream.range(0, frames)
                .mapToObj(i -> new StackTraceElement(
                        "org.example.server.of.some.length." + where + i, "invokeNext", where + ".java", i))
                .toArray(StackTraceElement[]::new));
        return failure;
    }

    @Test
    void aFailureIsTextAndFrames() {
        IllegalStateException failure = deep(new IllegalStateException("no"), "Bill", 2);
        assertThat(StackText.of(failure))
                .isEqualTo("java.lang.IllegalStateException: no\n"
                        + "\tat org.example.server.of.some.length.Bill0.invokeNext(Bill.java:0)\n"
                        + "\tat org.example.server.of.some.length.Bill1.invokeNext(Bill.java:1)\n");
    }

    @Test
    void whereAFailureEndsIsThereHoweverDeepItIs() {
        Exception root = deep(new IllegalArgumentException("the root"), "Root", 500);
        Exception middle = deep(new IllegalStateException("wrapped", root), "Middle", 500);
        Exception outer = deep(new IllegalStateException("outer", middle), "Outer", 500);
        outer.addSuppressed(deep(new IllegalStateException("beside it"), "Beside", 500));
        String text = StackText.of(outer);
        assertThat(text)
                .hasSizeLessThanOrEqualTo(StackText.MAX)
                .hasSizeGreaterThan(StackText.MAX * 3 / 4)
                .contains("Caused by: java.lang.IllegalStateException: wrapped\n")
                .contains("Caused by: java.lang.IllegalArgumentException: the root\n\tat ")
                .contains("Root0.invokeNext")
                .contains("With: java.lang.IllegalStateException: beside it\n")
                .containsPattern("\t\\.\\.\\. \\d+ more\n");
    }

    @Test
    void framesOfTheOuterFailureAreNotToldTwice() {
        IllegalArgumentException root = deep(new IllegalArgumentException("root"), "Frame", 5);
        IllegalStateException outer = new IllegalStateException("outer", root);
        outer.setStackTrace(Arrays.copyOfRange(root.getStackTrace(), 2, 5));
        assertThat(StackText.of(outer).lines())
                .filteredOn(line -> line.contains("Frame4"))
                .hasSize(1);
        assertThat(StackText.of(outer)).endsWith("Frame1.invokeNext(Frame.java:1)\n\t... 3 more\n");
    }

    /** A failure is a user's object. */
    private static final class Mute extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("has no message");
        }

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("has no cause");
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            throw new IllegalStateException("has no frames");
        }
    }

    @Test
    void whatCannotBeAskedOrDoesNotEndIsToldAllTheSame() {
        assertThat(StackText.of(new IllegalStateException("outer", new Mute())))
                .contains("outer")
                .contains("Mute, which cannot say what it is");
        IllegalStateException first = new IllegalStateException("first");
        first.initCause(new IllegalStateException("second", first));
        assertThat(StackText.of(first)).contains("first").contains("second").hasSizeLessThanOrEqualTo(StackText.MAX);
        assertThat(StackText.of(new IllegalStateException("x".repeat(100_000))))
                .hasSizeLessThanOrEqualTo(StackText.MAX);
        assertThat(StackText.of(new IllegalStateException("a\0b"))).doesNotContain("\0");
    }
}
