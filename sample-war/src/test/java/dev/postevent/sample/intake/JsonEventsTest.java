package dev.postevent.sample.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of a body in the JSON format of CloudEvents. */
class JsonEventsTest {
    private static final String NEEDED = "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"";

    @Test
    void dataAreTheJsonTextWhateverIsInIt() throws Exception {
        for (String json : List.of(
                "{\"a\":[1,2.50,-3e2,{\"b\":null}],\"c\":true,\"d\":\"\\u00e9\\\"\"}",
                "[]",
                "{}",
                "[[],{}]",
                "12345678901234567890",
                "false",
                "\"text\"")) {
            CloudEvent event = one("{" + NEEDED + ",\"data\":" + json + "}");
            assertThat(event.getDataContentType()).isEqualTo("application/json");
            assertThat(data(event)).isEqualTo(json.replace("-3e2", "-3E+2").replace("\\u00e9", "é"));
        }
    }

    @Test
    void whatATextMeansIsSaidByTheContentTypeBeforeAndAfterIt() throws Exception {
        String plain = "\"datacontenttype\":\"text/plain\"";
        assertThat(data(one("{" + NEEDED + "," + plain + ",\"data\":\"a\\nb\"}")))
                .isEqualTo("a\nb");
        assertThat(data(one("{" + NEEDED + ",\"data\":\"a\\nb\"," + plain + "}")))
                .isEqualTo("a\nb");
        assertThat(data(one("{" + NEEDED + ",\"data\":\"a\",\"datacontenttype\":\"x/y+json; charset=utf-8\"}")))
                .isEqualTo("\"a\"");
        assertThat(data(one("{" + NEEDED + ",\"data\":{\"a\":1}," + plain + "}")))
                .isEqualTo("{\"a\":1}");
    }

    @Test
    void nullIsTheSameAsAbsent() throws Exception {
        CloudEvent event = one("{" + NEEDED + ",\"data\":null,\"subject\":null,\"ext\":null,\"datacontenttype\":null}");
        assertThat(event.getData()).isNull();
        assertThat(event.getSubject()).isNull();
        assertThat(event.getDataContentType()).isNull();
        assertThat(event.getExtensionNames()).isEmpty();
    }

    @Test
    void extensionsKeepTheirTypes() throws Exception {
        CloudEvent event = one("{" + NEEDED + ",\"yes\":true,\"no\":false,\"count\":-7,\"word\":\"w\"}");
        assertThat(event.getExtension("yes")).isEqualTo(true);
        assertThat(event.getExtension("no")).isEqualTo(false);
        assertThat(event.getExtension("count")).isEqualTo(-7);
        assertThat(event.getExtension("word")).isEqualTo("w");
    }

    @Test
    void aBatchIsReadEventByEvent() throws Exception {
        assertThat(batch("[{" + NEEDED + "},{" + NEEDED + ",\"data_base64\":\"AAE=\"}]"))
                .hasSize(2)
                .last()
                .satisfies(event -> assertThat(event.getData().toBytes()).containsExactly(0, 1));
        assertThat(batch("[]")).isEmpty();
        refusedBatch("[{" + NEEDED + "},7]", "element 1 of the batch is not a JSON object");
        refusedBatch("[{" + NEEDED + "},{\"specversion\":\"2\"}]", "element 1 of the batch: specversion");
        refusedBatch("{" + NEEDED + "}", "a batch is a JSON array");
    }

    @Test
    void whatIsNoEventIsRefusedWithTheRule() {
        refused("", "not JSON");
        refused("[]", "a JSON object");
        refused("{" + NEEDED, "not JSON");
        refused("{" + NEEDED + "} {}", "not JSON");
        refused("{" + NEEDED + ",\"data\":[1,}", "not JSON");
        refused("{" + NEEDED + ",\"data\":1,\"data_base64\":\"AA==\"}", "not both");
        refused("{" + NEEDED + ",\"data_base64\":\"?\"}", "not Base64");
        refused("{" + NEEDED + ",\"data_base64\":7}", "data_base64 must be a JSON string");
        refused("{" + NEEDED + ",\"subject\":7}", "subject must be a JSON string, found a number");
        refused("{" + NEEDED + ",\"ext\":{}}", "extension attribute ext");
        refused("{" + NEEDED + ",\"ext\":1.5}", "32 bits");
        refused("{" + NEEDED + ",\"id\":\"2\"}", "\"id\" more than once");
    }

    /** JSON-P refuses these with exceptions that are no JsonException. */
    @Test
    void whatJsonCanSayAndTheProviderCannotReadIsRefusedToo() {
        refused("{" + NEEDED + ",\"data\":" + "9".repeat(1_200) + "}", "not JSON that can be read");
        refused("{" + NEEDED + ",\"ext\":" + "9".repeat(1_200) + "}", "not JSON that can be read");
        refused("{" + NEEDED + ",\"ext\":1e99999999999}", "not JSON that can be read");
        refused("{" + NEEDED + ",\"ext\":1e999999999}", "32 bits");
        refused("{" + NEEDED + ",\"ext\":1e-999999999}", "32 bits");
        refused("{" + NEEDED + ",\"data\":" + "[".repeat(1_200) + "]".repeat(1_200) + "}", "not JSON that can be read");
    }

    /** Events one per line, each an event of its own: all but the first were lost if nobody looked. */
    @Test
    void aSecondValueIsNotLost() {
        for (String between : List.of("", " ", "\n", "\r\n", "\u001e")) {
            refused("{" + NEEDED + "}" + between + "{" + NEEDED + "}", "not JSON");
            refusedBatch("[{" + NEEDED + "}]" + between + "[{" + NEEDED + "}]", "not JSON");
        }
        refused("{" + NEEDED + "}x", "not JSON");
    }

    @Test
    void whatIsNotUtf8IsRefusedAndNotReplaced() {
        byte[] body = ("{" + NEEDED + ",\"data\":\"?\"}").getBytes(UTF_8);
        for (int wrong : new int[] {0xff, 0xc0, 0xe9, 0x80}) {
            byte[] bytes = body.clone();
            bytes[bytes.length - 3] = (byte) wrong;
            assertThatThrownBy(() -> JsonEvents.one(new ByteArrayInputStream(bytes)))
                    .isInstanceOf(Malformed.class)
                    .hasMessage("the body is not UTF-8");
        }
        assertThatThrownBy(() -> JsonEvents.one(
                        new ByteArrayInputStream(("{" + NEEDED + "}").getBytes(StandardCharsets.UTF_16))))
                .isInstanceOf(Malformed.class);
        byte[] late = ("{" + NEEDED + ",\"data\":\"" + "x".repeat(20_000) + "?\"}").getBytes(UTF_8);
        late[late.length - 3] = (byte) 0xff;
        assertThatThrownBy(() -> JsonEvents.one(new ByteArrayInputStream(late)))
                .as("behind what is read at first")
                .isInstanceOf(Malformed.class)
                .hasMessage("the body is not UTF-8");
    }

    @Test
    void halfOfASurrogatePairIsRefusedAndNotReplaced() throws Exception {
        for (String half : List.of("\\ud83d", "\\ude00", "\\ud83dx", "\\ude00\\ud83d")) {
            for (String place : List.of(
                    "\"data\":\"%s\"",
                    "\"data\":{\"a\":[\"%s\"]}",
                    "\"data\":{\"%s\":1}",
                    "\"data\":\"%s\",\"datacontenttype\":\"text/plain\"",
                    "\"subject\":\"%s\"")) {
                refused("{" + NEEDED + "," + String.format(place, half) + "}", "half of a surrogate pair");
            }
        }
        assertThat(data(one("{" + NEEDED + ",\"data\":{\"a\":\"\\ud83d\\ude00\"}}")))
                .isEqualTo("{\"a\":\"😀\"}");
    }

    @Test
    void aTimeIsOneOfRfc3339() throws Exception {
        assertThat(one("{" + NEEDED + ",\"time\":\"2016-12-31T23:59:60Z\"}").getTime())
                .isEqualTo("2016-12-31T23:59:59.999999999Z");
        refused("{" + NEEDED + ",\"time\":\"2026-11-29T01:02Z\"}", "as in RFC 3339, found \"2026-11-29T01:02Z\"");
        refused("{" + NEEDED + ",\"time\":\"2026-11-29T01:02:03+01\"}", "RFC 3339");
    }

    /** What a body may cost in memory is bounded by more than its bytes. */
    @Test
    void eventsOfABatchAndAttributesOfAnEventAreCounted() throws Exception {
        String event = "{" + NEEDED + "}";
        assertThat(batch("[" + event + ("," + event).repeat(JsonEvents.BATCH_MAX - 1) + "]"))
                .hasSize(JsonEvents.BATCH_MAX);
        refusedBatch("[" + event + ("," + event).repeat(JsonEvents.BATCH_MAX) + "]", "at most 1000 events");
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= JsonEvents.MEMBERS_MAX; i++) {
            many.append(",\"e").append(i).append("\":1");
        }
        refused("{" + NEEDED + many + "}", "at most 100 attributes");
    }

    private static void refused(String body, String rule) {
        assertThatThrownBy(() -> one(body))
                .as(body.length() <= 200 ? body : body.substring(0, 200))
                .isInstanceOf(Malformed.class)
                .hasMessageContaining(rule);
    }

    private static void refusedBatch(String body, String rule) {
        assertThatThrownBy(() -> batch(body)).isInstanceOf(Malformed.class).hasMessageContaining(rule);
    }

    private static CloudEvent one(String body) throws Exception {
        return JsonEvents.one(stream(body));
    }

    private static List<CloudEvent> batch(String body) throws Exception {
        return JsonEvents.batch(stream(body));
    }

    private static InputStream stream(String body) {
        return new ByteArrayInputStream(body.getBytes(UTF_8));
    }

    private static String data(CloudEvent event) {
        return new String(event.getData().toBytes(), UTF_8);
    }
}
