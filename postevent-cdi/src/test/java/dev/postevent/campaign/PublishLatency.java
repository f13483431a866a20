package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** I10: what the publishers of an application without observers felt, with nothing wrong and while consumers were in trouble. */
final class PublishLatency {
    /** In the place of a time: the transaction did not come to have a connection. */
    static final long NO_CONNECTION = Long.MAX_VALUE;

    /** More than any wait of ours for a subject, and much less than a consumer that is down. */
    private static final Duration BOUND = Duration.ofSeconds(10);

    private final Path file;
    private final List<Span> spans = new ArrayList<>();

    /**
     * When a fault was there, in milliseconds since the epoch.
     *
     * @param consumersOnly publishers must not feel it
     * @param endsConnections no connection opened before {@code to} need be alive after it
     */
    record Span(long from, long to, boolean consumersOnly, boolean endsConnections) {}

    /**
     * One transaction of a publisher.
     *
     * @param began in milliseconds since the epoch
     * @param connectionSince when its connection was opened, in milliseconds since the epoch, or {@link #NO_CONNECTION}
     */
    record Transaction(long began, long micros, boolean failed, long connectionSince) {}

    PublishLatency(Path file) {
        this.file = file;
    }

    void fault(Span span) {
        spans.add(span);
    }

    /** Reports, and throws where publishers felt consumers. */
    void check(Report report) throws IOException {
        List<Transaction> all = read();
        List<Transaction> calm = all.stream()
                .filter(one -> spans.stream().noneMatch(span -> overlap(one, span)))
                .toList();
        List<Transaction> troubled = troubled(all);
        report.line("publishing transactions, nothing wrong", figures(calm));
        report.line("publishing transactions, consumers down, slow or without slot", figures(troubled));
        assertThat(troubled).as("transactions while consumers were in trouble").isNotEmpty();
        assertThat(violations(all))
                .as("I10: publishers felt what was done to consumers")
                .isEmpty();
    }

    /** Those of a time when something was done to consumers and to nobody else. */
    private List<Transaction> troubled(List<Transaction> all) {
        return all.stream()
                .filter(one -> spans.stream().anyMatch(span -> span.consumersOnly() && overlap(one, span)))
                .filter(one -> spans.stream().noneMatch(span -> !span.consumersOnly() && overlap(one, span)))
                .toList();
    }

    /** What breaks I10: failed or slow, without a fault of the publishers' own. */
    List<Transaction> violations(List<Transaction> all) {
        return troubled(all).stream()
                .filter(one -> one.failed() || one.micros() > BOUND.toNanos() / 1_000)
                .filter(one -> !(one.failed() && metADeadConnection(one)))
                .toList();
    }

    /**
     * Whether its connection was opened before the end of a fault that ended all connections. A pool hands such a one out later, at any
     * time, once.
     */
    private boolean metADeadConnection(Transaction one) {
        return spans.stream()
                .anyMatch(span ->
                        span.endsConnections() && one.connectionSince() <= span.to() && span.to() <= one.began());
    }

    private static boolean overlap(Transaction one, Span span) {
        return one.began() <= span.to() && one.began() + one.micros() / 1_000 >= span.from();
    }

    private static String figures(List<Transaction> some) {
        if (some.isEmpty()) {
            return "none";
        }
        long[] sorted = some.stream().mapToLong(Transaction::micros).sorted().toArray();
        return some.size() + ", failed "
                + some.stream().filter(Transaction::failed).count() + ", median "
                + millis(sorted, 50) + ", p99 " + millis(sorted, 99) + ", worst "
                + LongStream.of(sorted).max().orElseThrow() / 1_000 + " ms";
    }

    private static String millis(long[] sorted, int percent) {
        return sorted[(int) ((sorted.length * (long) percent - 1) / 100)] / 1_000.0 + " ms";
    }

    private List<Transaction> read() throws IOException {
        try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.map(line -> line.split(" "))
                    .map(words -> new Transaction(
                            Long.parseLong(words[0]),
                            Long.parseLong(words[1]),
                            words[2].equals("failed"),
                            Long.parseLong(words[3])))
                    .toList();
        }
    }
}
