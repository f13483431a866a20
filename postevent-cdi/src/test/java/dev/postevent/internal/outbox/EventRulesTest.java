package dev.postevent.internal.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.InvalidEventException;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event has to be like, and that the message names what is wrong with it. */
final class EventRulesTest {
    private final EventRules rules = new EventRules(1_000);

    @Test
    void takesAnEventThatKeepsAllRules() {
        Event event = new Event();
        event.subject = "Gr\u00f6\u00dfe \ud83d\ude80";
        event.datacontenttype = "application/json; charset=\"utf-8\"";
        event.dataschema = URI.create("https://example.com/schema#a");
        event.time = OffsetDateTime.parse("2024-02-29T12:00:00+05:30");
        event.extensions.put("traceparent", "00-x-y-01");
        event.extensions.put("number", 1);
        event.extensions.put("flag", true);
        event.extensions.put("uri", URI.create("a"));
        event.extensions.put("bytes", new byte[] {1});
        event.extensions.put("at", OffsetDateTime.parse("2024-02-29T12:00:00Z"));
        event.data = BytesCloudEventData.wrap(new byte[10]);
        assertThat(rules.check(event, "the event").subject()).isEqualTo(event.subject);
    }

    @Test
    void refusesNull() {
        assertThatThrownBy(() -> rules.check(null, "event 2 of 3"))
                .isInstanceOf(InvalidEventException.class)
                .hasMessage("PSTEV31010: event 2 of 3 is null");
    }

    @Test
    void refusesAnotherSpecversion() {
        refused(event -> event.specversion = SpecVersion.V03, "PSTEV31011", "specversion", "0.3", "1.0");
        refused(event -> event.specversion = null, "specversion", "null");
    }

    @Test
    void refusesMissingAndEmptyRequiredAttributes() {
        refused(event -> event.id = null, "no id");
        refused(event -> event.id = "", "empty id");
        refused(event -> event.source = null, "no source");
        refused(event -> event.source = URI.create(""), "empty source");
        refused(event -> event.type = null, "no type");
        refused(event -> event.type = "", "empty type");
    }

    @Test
    void refusesEmptyOptionalAttributes() {
        refused(event -> event.subject = "", "empty subject");
        refused(event -> event.datacontenttype = "", "empty datacontenttype");
        refused(event -> event.dataschema = URI.create(""), "empty dataschema");
    }

    @Test
    void refusesIdAndSourceThatAreTooLongForTheirIndex() {
        EventRules large = new EventRules(10_000_000);
        Event event = new Event();
        event.source = URI.create("urn:" + "s".repeat(1_000 - 4));
        event.id = "\u00e4".repeat((EventRules.KEY_MAX_BYTES - 1_000) / 2);
        assertThatCode(() -> large.check(event, "the event")).doesNotThrowAnyException();
        event.id += "i";
        assertThatThrownBy(() -> large.check(event, "the event"))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContainingAll("PSTEV31016", "2681 bytes of id and source", "2680");
    }

    @Test
    void refusesTheSourceOfVoids() {
        refused(
                event -> event.source = URI.create("urn:postevent:void"),
                "PSTEV31012",
                "urn:postevent:void",
                "reserved");
    }

    @Test
    void refusesARelativeDataschema() {
        refused(event -> event.dataschema = URI.create("a/b"), "dataschema", "'a/b'", "absolute");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/vnd.example+json",
                "a/b;c=d",
                "a/b ; c=d;  e=\"f g\\\"h;\"",
                "multipart/mixed; boundary=\"x y\""
            })
    void takesMediaTypes(String value) {
        Event event = new Event();
        event.datacontenttype = value;
        assertThatCode(() -> rules.check(event, "the event")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json",
                "a/",
                "/b",
                "a/b/c",
                "a b/c",
                "a/b;",
                "a/b; c",
                "a/b; c=",
                "a/b; c=\"d",
                "a/b, c/d",
                "\u00fc/b"
            })
    void refusesWhatIsNoMediaType(String value) {
        refused(event -> event.datacontenttype = value, "datacontenttype");
    }

    @Test
    void aHostileMediaTypeIsRefusedWithoutBacktracking() {
        EventRules large = new EventRules(10_000_000);
        Event event = new Event();
        event.datacontenttype = "a/b" + ";c=\"\\\\\\\\\"".repeat(100_000) + "!\"";
        assertThatThrownBy(() -> large.check(event, "the event")).isInstanceOf(InvalidEventException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Trace", "trace-id", "trace_id", "", "\u00e4", "data", "time", "id", "specversion", "a b", "a\n"
            })
    void refusesNamesOfExtensionAttributes(String name) {
        refused(event -> event.extensions.put(name, "x"), "PSTEV31014", "extension attribute named", "a-z and 0-9");
    }

    @Test
    void refusesTypesThatCloudEventsDoesNotKnow() {
        refused(event -> event.extensions.put("count", 5L), "extension attribute count", "java.lang.Long", "String");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0000",
                "\u001f",
                "\n",
                "\u007f",
                "\u009f",
                "\ud800",
                "\udc00x",
                "x\udbff",
                "\ufdd0",
                "\ufdef",
                "\ufffe",
                "\uffff",
                "\ud83f\udffe",
                "\udbff\udfff"
            })
    void refusesForbiddenCharactersInEveryAttribute(String forbidden) {
        String value = "ok" + forbidden;
        refused(event -> event.id = value, "PSTEV31013", "index ", "of id");
        refused(event -> event.type = value, "index ", "of type");
        refused(event -> event.subject = value, "index ", "of subject");
        refused(event -> event.datacontenttype = value, "index ", "of datacontenttype");
        refused(event -> event.extensions.put("ext", value), "index ", "of ext");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {" ", "\u00a0", "\ud7ff", "\ue000", "\ufdcf", "\ufdf0", "\ufffd", "\ud83d\ude80", "\udbff\udffd"})
    void takesTheirNeighbours(String allowed) {
        Event event = new Event();
        event.subject = allowed;
        assertThatCode(() -> rules.check(event, "the event")).doesNotThrowAnyException();
    }

    @Test
    void aMessageNeverCarriesTheForbiddenCharacterItself() {
        Event event = new Event();
        event.subject = "a\r\n\u001b[31m" + "x".repeat(500);
        assertThatThrownBy(() -> rules.check(event, "the event"))
                .hasMessageContaining("'a\\u000d\\u000a\\u001b[31mxx")
                .hasMessageContaining("(508 characters)")
                .satisfies(e -> assertThat(e.getMessage()).matches("[ -~]{1,400}"));
    }

    @Test
    void timeMustBeInTheYearsOneToNineThousandNineHundredNinetyNineOfUtc() {
        for (String good : new String[] {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"}) {
            Event event = new Event();
            event.time = OffsetDateTime.parse(good);
            assertThatCode(() -> rules.check(event, "the event")).doesNotThrowAnyException();
        }
        for (String bad : new String[] {
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "+10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"
        }) {
            refused(event -> event.time = OffsetDateTime.parse(bad), "PSTEV31015", "time", "years 1 to 9999");
        }
        refused(event -> event.time = OffsetDateTime.MAX, "time");
        refused(event -> event.time = OffsetDateTime.MIN, "time");
    }

    @Test
    void sizeIsDataAndAttributesInUtf8() {
        Event event = new Event();
        event.subject = "\u00e4\u00e4";
        event.data = BytesCloudEventData.wrap(new byte[500]);
        // id1 1, source /s 2, type t 1, their names 12, subject 7 + 4
        long size = 500 + 1 + 2 + 1 + "idsourcetype".length() + "subject".length() + 4;
        assertThatCode(() -> new EventRules((int) size).check(event, "the event"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new EventRules((int) size - 1).check(event, "the event"))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContaining("has " + size + " bytes")
                .hasMessageContaining("at most " + (size - 1))
                .hasMessageContaining("postevent.publish.size-max");
    }

    @Test
    void dataThatCannotBeTurnedIntoBytesIsRefused() {
        refused(
                event -> event.data = () -> {
                    throw new IllegalStateException("no bytes");
                },
                "PSTEV31017",
                "cannot be turned into columns",
                "no bytes");
    }

    @Test
    void whatTheCloudEventsBuilderMakesIsTaken() {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .withData("x".getBytes(StandardCharsets.UTF_8))
                .build();
        assertThat(rules.check(event, "the event").toCloudEvent()).isEqualTo(event);
    }

    private void refused(Consumer<Event> change, String... said) {
        Event event = new Event();
        change.accept(event);
        assertThatThrownBy(() -> rules.check(event, "the event"))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageMatching("PSTEV310\\d\\d: the event [ -~]*")
                .satisfies(e -> assertThat(e.getMessage()).contains(said));
    }

    /** An event of somebody's own making: nothing was checked yet. */
    private static final class Event implements CloudEvent {
        private SpecVersion specversion = SpecVersion.V1;
        private String id = "1";
        private URI source = URI.create("/s");
        private String type = "t";
        private String subject;
        private String datacontenttype;
        private URI dataschema;
        private OffsetDateTime time;
        private CloudEventData data;
        private final Map<String, Object> extensions = new HashMap<>();

        @Override
        public SpecVersion getSpecVersion() {
            return specversion;
        }

        @Override
        public String getId() {
            return id;
        }

        @Override
        public String getType() {
            return type;
        }

        @Override
        public URI getSource() {
            return source;
        }

        @Override
        public String getDataContentType() {
            return datacontenttype;
        }

        @Override
        public URI getDataSchema() {
            return dataschema;
        }

        @Override
        public String getSubject() {
            return subject;
        }

        @Override
        public OffsetDateTime getTime() {
            return time;
        }

        @Override
        public CloudEventData getData() {
            return data;
        }

        @Override
        public Object getAttribute(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public Object getExtension(String name) {
            return extensions.get(name);
        }

        @Override
        public Set<String> getExtensionNames() {
            return extensions.keySet();
        }
    }
}
