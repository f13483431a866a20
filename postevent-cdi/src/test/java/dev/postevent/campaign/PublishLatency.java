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
    /** More than any wait of ours for a subject, and much less than a consumer that is down. */
    private static final Duration BOUND = Duration.ofSeconds(10);

    private final Path file;
    private final List<Span> spans = new ArrayList<>();

    private record Span(long from, long to, boolean consumersOnly) {}

    private record Transaction(long began, long micros, boolean failed) {}

    PublishLatency(Path file) {
        this.file = file;
    }

    void fault(long from, long to, boolean consumersOnly) {
        spans.add(new Span(from, to, consumersOnly));
    }

    /** Reports, and throws where publishers felt consumers. */
    void check(Report report) throws IOException {
        List<Transaction> all = read();
        List<Transaction> calm = all.stream()
                .filter(one -> spans.stream().noneMatch(span -> overlap(one, span)))
                .toList();
        List<Transaction> troubled = all.stream()
                .filter(one -> spans.stream().anyMatch(span -> span.consumersOnly() && overlap(one, span)))
                .filter(one -> spans.stream().noneMatch(span -> !span.consumersOnly() && overlap(one, span)))
                .toList();
        report.line("publishing transactions, nothing wrong", figures(calm));
        report.line("publishing transactions, consumers down, slow or without slot", figures(troubled));
        assertThat(troubled).as("transactions while consumers were in trouble").isNotEmpty();
        assertThat(troubled)
                .as("I10: publishers felt what was done to consumers")
                .noneMatch(one -> one.failed() || one.micros() > BOUND.toNanos() / 1_000);
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
                            Long.parseLong(words[0]), Long.parseLong(words[1]), words[2].equals("failed")))
                    .toList();
        }
    }
}
