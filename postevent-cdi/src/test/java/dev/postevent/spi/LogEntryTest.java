package dev.postevent.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** An event's bytes are nobody's buffer. */
class LogEntryTest {

    private static CloudEvent event(byte[] data) {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("urn:test"))
                .withType("t")
                .withData(data)
                .withExtension("binary", data)
                .build();
    }

    @Test
    void aBufferThatIsFilledAnewDoesNotChangeTheEntry() {
        byte[] buffer = "first".getBytes(UTF_8);
        LogEntry entry = LogEntry.of(1, event(buffer));
        Arrays.fill(buffer, (byte) 'x');
        assertIsFirst(entry);
    }

    private static void assertIsFirst(LogEntry entry) {
        CloudEvent event = entry.toCloudEvent();
        assertThat(event.getData().toBytes()).isEqualTo("first".getBytes(UTF_8));
        assertThat(event.getExtension("binary")).isEqualTo("first".getBytes(UTF_8));
    }

    @Test
    void whoDecodesInPlaceChangesWhatIsHisOwn() {
        LogEntry entry = LogEntry.of(1, event("first".getBytes(UTF_8)));
        Arrays.fill(entry.toCloudEvent().getData().toBytes(), (byte) 'x');
        Arrays.fill((byte[]) entry.toCloudEvent().getExtension("binary"), (byte) 'x');
        assertIsFirst(entry);
        assertThat(entry.data()).isEqualTo("first".getBytes(UTF_8));
    }
}
