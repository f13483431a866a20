package dev.postevent.campaign;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** A table of two columns, to be pasted into a document. */
final class Report {
    private final StringBuilder text = new StringBuilder();

    Report(String command) {
        text.append("Command: `").append(command).append("`\n\n| | |\n|---|---|\n");
        line("day", LocalDate.now(ZoneOffset.UTC));
        line(
                "machine",
                Runtime.getRuntime().availableProcessors() + " cores, "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java "
                        + System.getProperty("java.version") + ", load "
                        + ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    void line(String name, Object value) {
        text.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    void write(Path file) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
        System.out.println(text);
    }
}
