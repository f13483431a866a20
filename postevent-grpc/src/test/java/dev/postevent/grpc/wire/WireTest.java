package dev.postevent.grpc.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.spi.LogEntry;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What goes over the wire comes out with the same columns. */
class WireTest {

    @Test
    void everyAttributeTypeComesOutAsItWentIn() {
        List<CloudEvent> events = new ArrayList<>();
        events.add(minimal("minimal").build());
        events.add(minimal("no-data").withData("text/plain", new byte[0]).build());
        events.add(minimal("binary").withData(new byte[] {0, 1, -1, 127, -128}).build());
        events.add(minimal("all")
                .withSubject("Ü𝄞 ' \" \\")
                .withDataSchema(URI.create("https://example.com/schema#1"))
                .withTime(OffsetDateTime.parse("2026-02-28T23:59:59.123456789+05:30"))
                .withExtension("flag", true)
                .withExtension("off", false)
                .withExtension("least", Integer.MIN_VALUE)
                .withExtension("most", Integer.MAX_VALUE)
                .withExtension("text", "")
                .withExtension("looksnumeric", "42")
                .withExtension("uri", URI.create("../relative?x#y"))
                .withExtension("at", OffsetDateTime.parse("1937-01-01T12:00:27.87+00:20"))
                .withExtension("zulu", OffsetDateTime.parse("2026-01-01T00:00:00Z"))
                .withExtension("bytes", new byte[] {1, 2, 3})
                .withExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .build());
        for (String time : List.of(
                "2026-02-28T23:59:59.123456Z",
                "2026-02-28T23:59:59.123456001Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999999Z",
                "2026-06-01T12:00-00:00",
                "1969-12-31T23:59:59.5+01:00")) {
            events.add(minimal(time).withTime(OffsetDateTime.parse(time)).build());
        }
        for (CloudEvent event : events) {
            LogEntry entry = LogEntry.of(7, event);
            assertSame(Wire.decode(Wire.encode(entry)), entry);
            assertThat(Wire.encode(entry).hasStoredExtensions())
                    .as("%s in the fallback", event.getId())
                    .isFalse();
        }
    }

    @Test
    void aTimeOutsideOfTheYearsInUtcComesOutByTheFallback() {
        for (String time : List.of("0001-01-01T00:00:00+18:00", "9999-12-31T23:59:59.999999999-18:00")) {
            LogEntry entry = LogEntry.of(
                    7, minimal(time).withTime(OffsetDateTime.parse(time)).build());
            assertSame(Wire.decode(Wire.encode(entry)), entry);
            assertThat(Wire.decode(Wire.encode(entry)).toCloudEvent().getTime()).isEqualTo(time);
        }
    }

    @Test
    void whatNoParserTakesGoesAsItIs() {
        for (String extensions : List.of(
                "{\"n\": " + "7".repeat(1_200) + "}",
                "{\"n\": 1" + "0".repeat(130_000) + "." + "0".repeat(16_000) + "}",
                "{\"d\": " + "[".repeat(1_500) + "]".repeat(1_500) + "}",
                "{\"a\": 1, \"B\": null, \"\": [], \"id\": true, \"time\": \"noon\"}")) {
            LogEntry entry = LogEntry.at(7)
                    .kind('e')
                    .id("x")
                    .source("urn:test")
                    .type("t")
                    .extensions(extensions)
                    .build();
            LogEntry out = Wire.decode(Wire.encode(entry));
            assertThat(out.extensions()).isEqualTo(extensions);
            assertThat(out.id()).isEqualTo("x");
        }
    }

    /** What the checks of topic-003.sql and topic-004.sql let in, as large as it can be made on the wire. */
    @Test
    void whatATopicsTableTakesFitsIntoAMessageThatEachClientTakes() {
        int columns = 14 << 20;
        LogEntry.Builder entry = LogEntry.at(Long.MAX_VALUE)
                .kind('e')
                .source("s")
                .type("t")
                .time(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z"));
        // a negative number takes ten bytes there and two in JSON
        StringBuilder numbers = new StringBuilder("{");
        for (int name = 1 << 12; numbers.length() < (1 << 20) - 16; name++) {
            numbers.append(numbers.length() == 1 ? "" : ", ")
                    .append('"')
                    .append(Integer.toString(name, 36))
                    .append("\": -1");
        }
        String extensions = numbers.append('}').toString();
        for (LogEntry large : List.of(
                entry.id("data").data(new byte[columns]).extensions(extensions).build(),
                entry.id("text")
                        .data(null)
                        .subject("\u20ac".repeat(columns / 3))
                        .build(),
                entry.id("stored")
                        .extensions(extensions.replace("-1}", "null}"))
                        .build())) {
            Entry message = Wire.encode(large);
            assertThat(message.hasStoredExtensions())
                    .as(large.id())
                    .isEqualTo(large.id().equals("stored"));
            assertThat(message.getSerializedSize() + 64).as(large.id()).isLessThan(Wire.MESSAGE_BYTES_LEAST);
        }
    }

    @Test
    void noDataAndEmptyDataAreTwoThings() {
        assertThat(Wire.decode(Wire.encode(LogEntry.of(1, minimal("a").build())))
                        .data())
                .isNull();
        assertThat(Wire.decode(Wire.encode(LogEntry.of(
                                1, minimal("a").withData(new byte[0]).build())))
                        .data())
                .isEmpty();
    }

    @Test
    void randomEventsSurvive() {
        for (long seed = 0; seed < 2_000; seed++) {
            LogEntry entry = LogEntry.of(seed + 1, random(new Random(seed)));
            LogEntry out = Wire.decode(Wire.encode(entry));
            assertThat(describe(out)).as("seed %d", seed).isEqualTo(describe(entry));
        }
    }

    private static CloudEvent random(Random random) {
        CloudEventBuilder event = minimal("r" + random.nextInt());
        if (random.nextBoolean()) {
            event.withTime(OffsetDateTime.parse("2026-01-01T00:00:00Z")
                    .plusNanos(random.nextLong() / 4)
                    .withOffsetSameInstant(java.time.ZoneOffset.ofTotalSeconds(random.nextInt(36) * 900)));
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = "x" + random.nextInt(100);
            switch (random.nextInt(6)) {
                case 0 -> event.withExtension(name, random.nextInt());
                case 1 -> event.withExtension(name, random.nextBoolean());
                case 2 -> event.withExtension(name, Long.toString(random.nextLong(), 36));
                case 3 -> event.withExtension(name, URI.create("urn:" + random.nextInt(1000)));
                case 4 -> {
                    byte[] bytes = new byte[random.nextInt(9)];
                    random.nextBytes(bytes);
                    event.withExtension(name, bytes);
                }
                default ->
                    event.withExtension(
                            name,
                            OffsetDateTime.parse("2026-01-01T00:00:00+01:00").plusNanos(random.nextLong() / 8));
            }
        }
        return event.build();
    }

    @Test
    void aRowThatIsNoCloudEventArrivesAsItIs() {
        for (String extensions : List.of(
                "{\"a\": [1, 2]}",
                "{\"a\": null}",
                "{\"a\": 1.5}",
                "{\"a\": 99999999999}",
                "{\"a\": {\"uri\": 1}}",
                "{\"a\": {\"timestamp\": \"yesterday\"}}",
                "{\"a\": {\"binary\": \"*\"}}",
                "{\"a\": {\"uri\": \"x\", \"more\": 1}}",
                "{\"subject\": \"two of them\"}",
                "{\"time\": \"2020-01-01T00:00:00Z\"}",
                "{\"time\": 5}",
                "{\"traceparent\": \"x\"}",
                "[]",
                "17")) {
            LogEntry entry = LogEntry.at(5)
                    .id("")
                    .source("not a uri \\ at all")
                    .type("")
                    .time(OffsetDateTime.parse("2026-01-01T00:00:00Z"))
                    .extensions(extensions)
                    .build();
            if (extensions.startsWith("{")) {
                assertSame(Wire.decode(Wire.encode(entry)), entry);
            } else {
                assertThatThrownBy(() -> Wire.decode(Wire.encode(entry))).isInstanceOf(PosteventException.class);
            }
        }
    }

    @Test
    void aVoidIsAVoid() {
        LogEntry voidEntry = LogEntry.at(9)
                .kind('v')
                .id("void-9")
                .source("urn:postevent:void")
                .type("postevent.void")
                .build();
        assertSame(Wire.decode(Wire.encode(voidEntry)), voidEntry);
    }

    @Test
    void whatPostgresCouldNotStoreIsRefused() {
        Entry good = Wire.encode(LogEntry.of(3, minimal("x").build()));
        List<Entry> bad = List.of(
                good.toBuilder().setPosition(0).build(),
                good.toBuilder().setPosition(-1).build(),
                good.toBuilder().clearContent().build(),
                good.toBuilder()
                        .setEvent(good.getEvent().toBuilder().setId("a\0b"))
                        .build(),
                good.toBuilder()
                        .setEvent(
                                good.getEvent().toBuilder().setProtoData(com.google.protobuf.Any.getDefaultInstance()))
                        .build(),
                good.toBuilder().setStoredExtensions("{").build(),
                good.toBuilder().setStoredExtensions("[]").build());
        for (Entry entry : bad) {
            assertThatThrownBy(() -> Wire.decode(entry))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("PSTEV35010");
        }
    }

    private static CloudEventBuilder minimal(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("urn:test"))
                .withType("t");
    }

    private static void assertSame(LogEntry out, LogEntry in) {
        assertThat(describe(out)).isEqualTo(describe(in));
    }

    private static List<Object> describe(LogEntry entry) {
        List<Object> columns = new ArrayList<>();
        columns.add(entry.position());
        columns.add(entry.isVoid());
        columns.add(entry.id());
        columns.add(entry.source());
        columns.add(entry.type());
        columns.add(entry.datacontenttype());
        columns.add(entry.dataschema());
        columns.add(entry.subject());
        columns.add(
                entry.data() == null ? null : new java.math.BigInteger(1, entry.data()) + "/" + entry.data().length);
        columns.add(entry.time());
        columns.add(entry.traceparent());
        columns.add(entry.extensions() == null ? null : Json.object(entry.extensions()));
        return columns;
    }
}
