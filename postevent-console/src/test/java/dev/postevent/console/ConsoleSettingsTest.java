package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.console.ConsoleSettings.Payload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConsoleSettingsTest {
    private static Map<String, String> config(String... pairs) {
        Map<String, String> config = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            config.put("postevent.console." + pairs[i], pairs[i + 1]);
        }
        return config;
    }

    private static ConsoleSettings settings(String... pairs) {
        Map<String, String> config = config(pairs);
        return ConsoleSettings.of(name -> Optional.ofNullable(config.get(name)));
    }

    private static boolean enabled(String... pairs) {
        Map<String, String> config = config(pairs);
        return ConsoleSettings.isEnabled(name -> Optional.ofNullable(config.get(name)));
    }

    @Test
    void itIsOffUntilItIsSwitchedOn() {
        assertThat(enabled()).isFalse();
        assertThat(enabled("enabled", "false")).isFalse();
        assertThat(enabled("enabled", " true")).isTrue();
        assertThatThrownBy(() -> enabled("enabled", "yes")).hasMessageContainingAll("enabled", "yes");
    }

    @Test
    void withoutAnythingAPartOfThePayloadIsShown() {
        ConsoleSettings settings = settings();
        assertThat(settings.payload()).isEqualTo(Payload.LIMITED);
        assertThat(settings.payloadMax()).isEqualTo(4_096);
        assertThat(settings.environment()).isEmpty();
    }

    @Test
    void everythingThatIsSaidCounts() {
        ConsoleSettings settings = settings(
                "payload", "masked", "payload-size-max", "1MiB", "masked", "/a/b, /c", "environment", "production");
        assertThat(settings.payload()).isEqualTo(Payload.MASKED);
        assertThat(settings.payloadMax()).isEqualTo(1 << 20);
        assertThat(settings.masked()).containsExactly(new MaskedPath(List.of("a", "b")), new MaskedPath(List.of("c")));
        assertThat(settings.environment()).contains("production");
    }

    @Test
    void whatIsWrongIsAllToldAtOnce() {
        assertThatThrownBy(() -> settings(
                        "payload", "some", "payload-size-max", "1B", "masked", "a,/b~2", "environment", "e".repeat(41)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("payload is 'some'", "payload-size-max", "'a'", "'/b~2'", "41 characters");
    }

    @Test
    void whatWouldHideNothingIsWrong() {
        assertThatThrownBy(() -> settings("payload", "masked")).hasMessageContaining("postevent.console.masked");
        assertThatThrownBy(() -> settings("masked", "/card")).hasMessageContaining("set it to masked");
    }
}
