package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.Handbook;
import dev.postevent.testing.Handbook.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/operations.md and docs/troubleshooting.md say can be relied on: commands that somebody runs, texts that the code says, links. */
class HandbookTest {
    private static final Pattern COMMAND = Pattern.compile(
            "(?i)(select|insert|update|delete|alter|drop|create|grant|revoke|truncate|rollback prepared|commit prepared"
                    + "|checkpoint|psql|pg_dump|pg_restore|pg_basebackup|openssl|curl|java -jar)\\b.*");

    private static final Pattern INLINE = Pattern.compile("`([^`\n]+ [^`\n]+)`");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (.+?) \\|");
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]{8,})\"");
    private static final Pattern JOINED_LITERALS = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern NAMED_IN_A_MESSAGE = Pattern.compile(
            "docs/operations\\.md(?:, | under )\\\\\"([^\\\\]+)\\\\\"|\\\\\"([^\\\\]+)\\\\\" in docs/operations\\.md");

    /** What the manual of PostgreSQL, TLS or gRPC say, and not this code. */
    private static final Set<String> OF_OTHERS =
            Set.of("certification path", "remaining connection slots are reserved", "all replication slots are in use");

    @ParameterizedTest
    @ValueSource(strings = {"operations.md", "troubleshooting.md"})
    void eachCommandIsRunByATestOrWasRunByHand(String document) throws IOException {
        List<Command> commands = Handbook.commands(document).stream()
                .filter(command -> Set.of("sql", "sh").contains(command.language()))
                .toList();
        assertThat(commands).hasSizeGreaterThan(10);
        assertThat(commands.stream()
                        .filter(command ->
                                command.run().isEmpty() && command.elsewhere().isEmpty()))
                .isEmpty();
        String tests = sources("test");
        assertThat(commands.stream()
                        .flatMap(command -> command.elsewhere().stream())
                        .filter(by -> !by.equals("hand"))
                        .distinct())
                .allSatisfy(test -> assertThat(tests).contains("class " + test + " "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"operations.md", "troubleshooting.md"})
    void noCommandStandsElsewhere(String document) {
        String text = Handbook.text(document);
        List<String> lines = new ArrayList<>(text.lines()
                .filter(line -> line.startsWith("    "))
                .map(String::strip)
                .toList());
        // in a fence a line may go on indented
        Handbook.commands(document)
                .forEach(command -> command.text().lines().map(String::strip).forEach(lines::remove));
        INLINE.matcher(text).results().map(found -> found.group(1)).forEach(lines::add);
        assertThat(lines).isNotEmpty().noneMatch(line -> COMMAND.matcher(line).matches());
    }

    /** Of a symptom the operator searches what is quoted here. */
    @Test
    void whatASymptomQuotesTheCodeSays() throws IOException {
        String code = JOINED_LITERALS.matcher(sources("main")).replaceAll("");
        List<String> quoted = ROW.matcher(Handbook.text("troubleshooting.md"))
                .results()
                .flatMap(row -> QUOTED.matcher(row.group(1)).results())
                .map(found -> found.group(1))
                .filter(text -> !OF_OTHERS.contains(text))
                .toList();
        assertThat(quoted)
                .hasSizeGreaterThan(25)
                .allSatisfy(text -> assertThat(code.contains(text)).as(text).isTrue());
    }

    @Test
    void headingsThatMessagesNameAreThere() throws IOException {
        String code = JOINED_LITERALS.matcher(sources("main")).replaceAll("");
        List<String> named = NAMED_IN_A_MESSAGE
                .matcher(code)
                .results()
                .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                .distinct()
                .toList();
        assertThat(named).hasSizeGreaterThan(2);
        assertThat(headings(Handbook.text("operations.md"))).containsAll(named);
    }

    /** In all documents, to files and to headings. */
    @Test
    void linksLeadSomewhere() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (Path directory : List.of(Path.of(".."), Path.of("..", "docs"))) {
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
            }
        }
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                links++;
                Path to = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
                boolean leads = Files.exists(to)
                        && (link.group(2) == null
                                || anchors(Files.readString(to)).contains(link.group(2)));
                if (!leads) {
                    broken.add(document.getFileName() + ": " + link.group());
                }
            }
        }
        assertThat(links).isGreaterThan(100);
        assertThat(broken).isEmpty();
    }

    private static List<String> headings(String text) {
        return HEADING.matcher(text).results().map(found -> found.group(1)).toList();
    }

    /** As GitHub makes them. */
    private static Set<String> anchors(String text) {
        return headings(text).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    /** Of all modules. */
    private static String sources(String kind) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path sources : modules.map(module -> module.resolve(Path.of("src", kind, "java")))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    for (Path file : files.filter(file -> file.toString().endsWith(".java"))
                            .toList()) {
                        all.append(Files.readString(file));
                    }
                }
            }
        }
        return all.toString();
    }
}
