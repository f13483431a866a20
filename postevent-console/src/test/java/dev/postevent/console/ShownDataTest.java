package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.console.ConsoleSettings.Payload;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShownDataTest {
    private static final Optional<String> JSON = Optional.of("application/json; charset=utf-8");

    private static JsonObject shown(Payload payload, int most, String data, Optional<String> type, String... masked) {
        return shown(payload, most, data.getBytes(StandardCharsets.UTF_8), type, masked);
    }

    private static JsonObject shown(Payload payload, int most, byte[] data, Optional<String> type, String... masked) {
        ConsoleSettings settings = new ConsoleSettings(
                payload, most, Arrays.stream(masked).map(MaskedPath::of).toList(), Optional.empty());
        return new ShownData(settings, new Json()).of(data, type).build();
    }

    @Test
    void noneIsTheSizeAlone() {
        assertThat(shown(Payload.NONE, 64, "{\"a\": 1}", JSON).toString()).isEqualTo("{\"size\":8,\"shown\":\"none\"}");
    }

    @Test
    void numbersAreShownAsTheyWereWritten() {
        String data = "{\"id\": 12345678901234567890, \"price\": 1.10, \"far\": 1E400}";
        assertThat(shown(Payload.FULL, 64, data, JSON).getString("value")).isEqualTo(data);
        assertThat(shown(Payload.MASKED, 4_096, data, JSON, "/nothing").getString("value"))
                .contains("12345678901234567890", "1.10");
    }

    @Test
    void limitedIsCutBetweenTwoLetters() {
        JsonObject cut = shown(Payload.LIMITED, 4, "abc\u00e9def", Optional.of("text/plain"));
        assertThat(cut.getString("value")).isEqualTo("abc");
        assertThat(cut.getString("encoding")).isEqualTo("text");
        assertThat(cut.getBoolean("cut")).isTrue();
        assertThat(cut.getInt("size")).isEqualTo(8);
        assertThat(shown(Payload.LIMITED, 8, "abc\u00e9def", Optional.of("text/plain"))
                        .getBoolean("cut"))
                .isFalse();
    }

    @Test
    void whatIsNoTextIsBase64() {
        assertThat(shown(Payload.FULL, 64, new byte[] {0, 1, 2}, JSON).getString("value"))
                .isEqualTo("AAEC");
        assertThat(shown(Payload.FULL, 64, new byte[] {'a', (byte) 0xc3}, JSON).getString("encoding"))
                .isEqualTo("base64");
        assertThat(shown(Payload.LIMITED, 64, new byte[] {(byte) 0xff, 'a'}, JSON)
                        .getString("encoding"))
                .isEqualTo("base64");
    }

    @Test
    void maskedHidesAllThatIsAtThePlaceWhereverItIs() {
        String data =
                "{\"card\": {\"number\": \"4111\", \"of\": {\"deep\": 1}}, \"items\": [{\"note\": \"x\", \"n\": 1}, {\"note\": \"y\"}], \"a/b\": 1, \"c~d\": 2}";
        assertThat(shown(Payload.MASKED, 4_096, data, JSON, "/card/number", "/items/*/note", "/a~1b", "/c~0d")
                        .getString("value"))
                .isEqualTo(
                        "{\"card\":{\"number\":\"***\",\"of\":{\"deep\":1}},\"items\":[{\"note\":\"***\",\"n\":1},{\"note\":\"***\"}],\"a/b\":\"***\",\"c~d\":\"***\"}");
        assertThat(shown(Payload.MASKED, 4_096, data, JSON, "/card", "/items/1", "/*")
                        .getString("value"))
                .doesNotContain("4111", "deep", "note");
        assertThat(shown(Payload.MASKED, 4_096, "{\"a\": 1, \"a\": 2, \"b\": 3}", JSON, "/a")
                        .getString("value"))
                .as("a name that is there twice")
                .doesNotContain("1", "2");
    }

    @Test
    void maskedShowsNothingOfWhatItCannotRead() {
        for (String data : List.of("{\"card\": \"4111\"", "card=4111", "")) {
            assertThat(shown(Payload.MASKED, 4_096, data, JSON, "/card").getString("shown"))
                    .as(data)
                    .isEqualTo("none");
        }
        assertThat(shown(Payload.MASKED, 4_096, "{\"card\": 1}", Optional.of("text/plain"), "/card")
                        .containsKey("value"))
                .isFalse();
        assertThat(shown(Payload.MASKED, 4_096, "{\"card\": 1}", Optional.empty(), "/card")
                        .getString("value"))
                .as("without a type it is JSON")
                .isEqualTo("{\"card\":\"***\"}");
        assertThat(shown(Payload.MASKED, 4_096, "{\"card\": 1}", Optional.of("application/vnd.order+json"), "/card")
                        .getString("value"))
                .isEqualTo("{\"card\":\"***\"}");
    }

    @Test
    void maskedIsCutAfterItWasMasked() {
        JsonObject cut = shown(Payload.MASKED, 10, "{\"card\": \"4111111111111111\", \"b\": 1}", JSON, "/card");
        assertThat(cut.getString("value")).isEqualTo("{\"card\":\"*");
        assertThat(cut.getBoolean("cut")).isTrue();
    }
}
