package dev.postevent.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The commands of docs/operations.md and docs/troubleshooting.md.
 *
 * <p>A block of SQL is run where the line before it says so: {@code <!-- run as LOGIN; WHEN; EXPECTED -->}. LOGIN is superuser or owner.
 * WHEN is one of {@link When}, {@code from 17} (the oldest server) and {@code in postgres} (the database), or missing. EXPECTED is one of
 * {@link Expected}, of the last statement of the block. Other blocks say which test has them ({@code <!-- run by BeginAnewIT -->}), or
 * that they are run by hand.
 */
public final class Handbook {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern MARK = Pattern.compile("<!-- run (as|by) (\\w+)((?:; [^;]+?)*) -->");
    private static final Pattern SETTING = Pattern.compile("(?m)^(\\w+) = (\\w+)$");
    private static final String SETTINGS = "<!-- settings of the server of HandbookIT -->";
    private static final String FENCE = "```";

    private Handbook() {}

    /** In which state of things a command is run. */
    public enum When {
        /** Before there are tables. */
        SETUP,
        SETUP_WITH_TABLES,
        /** An application is at work, and nothing is wrong. */
        RUNNING,
        IN_TROUBLE,
        STOPPED,
        /** Stopped, for a slot that is kept on standbys, too. */
        FOR_FAILOVER,
        /** At work after that. */
        MADE_FOR_FAILOVER,
        /** Stopped, and it has another name then. */
        RENAMING
    }

    /** What comes out of a command. */
    public enum Expected {
        /** No error. */
        DONE,
        /** A column "ok", at least one row, and each is true. */
        EACH_OK,
        /** At least one row, and among the cells each value that is named. */
        ROWS,
        MAYBE_ROWS,
        NO_ROWS,
        CHANGES
    }

    /** Where a command is. */
    public record Place(String document, int line) {
        @Override
        public String toString() {
            return document + ":" + line;
        }
    }

    /**
     * How a command is run.
     *
     * @param fromVersion oldest server that has it
     * @param values what has to be found, or how many rows change
     */
    public record Run(
            String login, String database, When when, int fromVersion, Expected expected, List<String> values) {}

    /**
     * A block of commands.
     *
     * @param text without the fences
     * @param run empty: it is not run by HandbookIT
     * @param elsewhere who runs it then: a test, or "hand"; empty: nobody
     */
    public record Command(Place place, String language, String text, Optional<Run> run, Optional<String> elsewhere) {

        /** Its statements. */
        public List<String> statements() {
            return Stream.of(text.split(";\\s*(\\n|$)"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        }

        @Override
        public String toString() {
            return place + " " + text.lines().findFirst().orElse("");
        }
    }

    /** All of a document. */
    public static List<Command> commands(String document) {
        List<String> lines = text(document).lines().toList();
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String opening = lines.get(i).strip();
            if (!opening.startsWith(FENCE)) {
                continue;
            }
            int begin = i + 1;
            i = begin;
            while (!lines.get(i).strip().equals(FENCE)) {
                i++;
            }
            commands.add(command(
                    new Place(document, begin),
                    opening.substring(FENCE.length()),
                    String.join("\n", lines.subList(begin, i)),
                    lines.subList(0, begin - 1)));
        }
        return commands;
    }

    /** Those of both documents that a server of {@code version} runs then, as they stand there. */
    public static List<Command> commands(When when, int version) {
        return Stream.of("operations.md", "troubleshooting.md")
                .flatMap(document -> commands(document).stream())
                .filter(command -> command.run()
                        .filter(run -> run.when() == when && run.fromVersion() <= version)
                        .isPresent())
                .toList();
    }

    /** What the server is set to: name, value, name, value. */
    public static List<String> settings() {
        String text = text("operations.md");
        int from = text.indexOf(SETTINGS);
        Matcher setting =
                SETTING.matcher(text.substring(from, text.indexOf("\n" + FENCE + "\n", from + SETTINGS.length() + 8)));
        List<String> settings = new ArrayList<>();
        while (setting.find()) {
            settings.add(setting.group(1));
            settings.add(setting.group(2));
        }
        return settings;
    }

    /** A document as it is. */
    public static String text(String document) {
        try {
            return Files.readString(DOCS.resolve(document));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Command command(Place place, String language, String text, List<String> before) {
        String last = before.isEmpty() ? "" : before.get(before.size() - 1);
        Matcher mark = MARK.matcher(last);
        if (!mark.matches()) {
            Optional<String> by = paragraph(before).contains("(run by hand)") ? Optional.of("hand") : Optional.empty();
            return new Command(place, language, text, Optional.empty(), by);
        }
        if (mark.group(1).equals("by")) {
            return new Command(place, language, text, Optional.empty(), Optional.of(mark.group(2)));
        }
        return new Command(place, language, text, Optional.of(run(mark.group(2), mark.group(3))), Optional.empty());
    }

    /** The last one, as one line. */
    private static String paragraph(List<String> lines) {
        int end = lines.size();
        while (end > 0 && lines.get(end - 1).isBlank()) {
            end--;
        }
        int begin = end;
        while (begin > 0 && !lines.get(begin - 1).isBlank()) {
            begin--;
        }
        return String.join(" ", lines.subList(begin, end));
    }

    private static Run run(String login, String rest) {
        String database = "shop";
        When when = When.RUNNING;
        int from = 0;
        Expected expected = Expected.DONE;
        List<String> values = List.of();
        for (String part : rest.split("; ")) {
            if (part.isBlank()) {
                continue;
            }
            if (part.startsWith("in ") && !part.equals("in trouble")) {
                database = part.substring("in ".length());
            } else if (part.startsWith("from ")) {
                from = Integer.parseInt(part.substring("from ".length()));
            } else if (part.startsWith("rows with ")) {
                expected = Expected.ROWS;
                values = Arrays.asList(part.substring("rows with ".length()).split(", "));
            } else if (part.startsWith("changes ")) {
                expected = Expected.CHANGES;
                values = List.of(part.substring("changes ".length()));
            } else {
                String name = part.toUpperCase(Locale.ROOT).replace(' ', '_');
                if (Arrays.stream(When.values()).anyMatch(one -> one.name().equals(name))) {
                    when = When.valueOf(name);
                } else {
                    expected = Expected.valueOf(name);
                }
            }
        }
        return new Run(login, database, when, from, expected, values);
    }
}
