package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Javadoc of the types that users write code with: an example, and what is thrown. */
class ApiDocTest {
    private static final Path ROOT = Path.of("src", "main", "java", "dev", "postevent");

    /** A comment and the declaration under it, up to where it ends or its body begins. */
    private static final Pattern DOCUMENTED = Pattern.compile("(?s)/\\*\\*((?:(?!\\*/).)*)\\*/([^;{]*)[;{]");

    private static final Pattern NESTED = Pattern.compile("^\\n {4}(\\w+ )*(interface|enum|record|class) ");
    private static final Pattern METHOD = Pattern.compile("(\\w+)\\(([^()]*)\\)\\s*$");

    /** They throw nothing: what was said is checked where the event is published. */
    private static final Set<String> THROW_NOTHING = Set.of(
            "EventPublisher.event(String type)",
            "EventBuilder.subject(@Nullable String subject)",
            "EventBuilder.id(String id)",
            "EventBuilder.source(URI source)",
            "EventBuilder.time(OffsetDateTime time)",
            "EventBuilder.dataschema(URI schema)",
            "EventBuilder.extension(String name, String value)",
            "EventBuilder.extension(String name, int value)",
            "EventBuilder.extension(String name, boolean value)",
            "EventBuilder.data(byte[] bytes, String contentType)",
            "Subscriptions.report()",
            "Subscriptions.settings()");

    private static String source(String type) throws IOException {
        return Files.readString(ROOT.resolve(type + ".java"));
    }

    /** The type's own methods, not those of what is nested in it: comment by declaration. */
    private static List<String[]> methods(String type) throws IOException {
        List<String[]> methods = new ArrayList<>();
        Matcher documented = DOCUMENTED.matcher(source(type));
        while (documented.find() && !NESTED.matcher(documented.group(2)).find()) {
            Matcher method = METHOD.matcher(documented.group(2));
            if (method.find()) {
                methods.add(new String[] {
                    type + "." + method.group(1) + "(" + method.group(2).replaceAll("\\s+", " ") + ")",
                    documented.group(1)
                });
            }
        }
        return methods;
    }

    private static final Path KIT_MODULE = Path.of("..", "postevent-testkit", "src");
    private static final Path KIT = KIT_MODULE.resolve(Path.of("main", "java", "dev", "postevent", "testkit"));

    private static final List<String> OF_THE_KIT = List.of("DeliverySimulation", "Effects", "FakeDelivery", "Handler");

    private static final Pattern OPEN = Pattern.compile(
            "(?m)^(.*)\\n {4}(?:public (?!static final|interface|record)[^=\\n]*\\(|(?!public|private|static)"
                    + "[\\w<>@?]+ \\w+\\(.*\\).*;$)");

    private static Stream<String> called() {
        return Stream.of("EventPublisher", "EventBuilder", "Delivery", "Subscriptions");
    }

    @Test
    void everyMethodSaysWhatItThrows() throws IOException {
        Set<String> silent = new TreeSet<>();
        for (String type : called().toList()) {
            for (String[] method : methods(type)) {
                if (!method[1].contains("@throws")) {
                    silent.add(method[0]);
                }
            }
        }
        assertThat(silent).isEqualTo(new TreeSet<>(THROW_NOTHING));
    }

    /** Who adds a method without a comment is not seen above. */
    @Test
    void everyMethodHasAComment() throws Exception {
        for (String type : called().toList()) {
            assertThat(methods(type))
                    .as(type)
                    .hasSameSizeAs(Class.forName("dev.postevent." + type).getDeclaredMethods());
        }
    }

    @Test
    void theTestKitHasExamplesAndSaysWhatItRefuses() throws IOException {
        for (String type : OF_THE_KIT) {
            String source = Files.readString(KIT.resolve(type + ".java"));
            Matcher first = DOCUMENTED.matcher(source);
            assertThat(first.find()).isTrue();
            assertThat(first.group(1)).as(type).contains("<pre>{@code");
            Matcher open = OPEN.matcher(source);
            int found = 0;
            while (open.find()) {
                assertThat(open.group(1))
                        .as(type + ": before " + open.group())
                        .containsAnyOf("*/", "@Override", "@Nullable");
                found++;
            }
            assertThat(found).as(type).isPositive();
            Matcher documented = DOCUMENTED.matcher(source);
            while (documented.find()) {
                int end = source.indexOf("\n    }", documented.end());
                String body = end < 0 ? "" : source.substring(documented.end(), end);
                if (documented.group(2).contains("public") && body.contains("throw new") && !body.contains("/**")) {
                    assertThat(documented.group(1)).as(documented.group(2)).contains("@throws");
                }
            }
        }
    }

    /** The examples of the page about the test kit are compiled, and run with the tests. */
    @ParameterizedTest
    @ValueSource(strings = {"docs/ShippingTest.java", "adapters/PigeonFeedIT.java"})
    void theExamplesOfTheTestKitsPageAreSomeThatRun(String file) throws IOException {
        String code = Files.readString(KIT_MODULE
                        .resolve(Path.of("test", "java", "dev", "postevent"))
                        .resolve(file))
                .replaceFirst("package [^;]+;\\s+", "");
        String indented =
                code.lines().map(line -> line.isEmpty() ? "" : "    " + line).collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("..", "docs", "testkit.md"))).contains(indented);
    }

    /** What an author implements, and what the page lists: all of the package that is public. */
    @Test
    void theContractsHaveExamplesAndAreListed() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "testkit.md"));
        List<String> open = new ArrayList<>();
        try (Stream<Path> files = Files.list(KIT.resolve("contract"))) {
            for (Path file : files.toList()) {
                String source = Files.readString(file);
                if (source.contains("\npublic ")) {
                    Matcher first = DOCUMENTED.matcher(source);
                    assertThat(first.find()).isTrue();
                    assertThat(first.group(1)).as(file.toString()).contains("<pre>{@code", "@since");
                    open.add(file.getFileName().toString().replace(".java", ""));
                }
            }
        }
        assertThat(open).hasSize(4).allSatisfy(type -> assertThat(page).contains("`" + type + "`"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Delivery",
                "EventBuilder",
                "EventPublisher",
                "EventType",
                "Live",
                "ParkNowException",
                "PosteventException",
                "Publication",
                "Resources",
                "RetryLaterException",
                "StatusReport",
                "Subject",
                "Subscription",
                "Subscriptions",
                "Topic"
            })
    void everyTypeThatUsersWriteHasAnExample(String type) throws IOException {
        String source = source(type);
        Matcher first = DOCUMENTED.matcher(source);
        assertThat(first.find()).isTrue();
        assertThat(first.group(1)).contains("<pre>{@code").contains("@since");
    }

    @Test
    void everyMethodOfTheBuilderAndOfWhatOperatesHasAnExample() throws IOException {
        for (String type : List.of("EventBuilder", "Delivery", "Subscriptions")) {
            assertThat(methods(type))
                    .as(type)
                    .allSatisfy(method -> assertThat(method[1]).as(method[0]).contains("<pre>{@code"));
        }
    }
}
