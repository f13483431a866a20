package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.testing.KeyRules;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Bounds stand in keys as numbers: every value is held to them, and every fault and document tells them. */
class BoundsTest {
    private final List<String> faults = new ArrayList<>();

    private static List<Key> bounded() {
        return Arrays.stream(Key.values())
                .filter(key -> key.bounds().isPresent())
                .toList();
    }

    @Test
    void areToldAsTheyStand() {
        assertThat(Bounds.number("rows", 1, 100_000)).hasToString("rows, 1 to 100000");
        assertThat(Bounds.number(1, 9).orUnlimited()).hasToString("1 to 9, or unlimited");
        assertThat(Bounds.factor(1, 100)).hasToString("1 to 100");
        assertThat(Bounds.size(1, 14 * Bounds.MIB)).hasToString("size, 1B to 14MiB");
        assertThat(Bounds.duration(Duration.ZERO, Duration.ofDays(1)).inWholeSeconds())
                .hasToString("duration, 0ms to 1d, whole seconds");
    }

    @Test
    void theLeastAndTheGreatestAreWithin() {
        Bounds bounds = Bounds.number(2, 5);
        List.of("1", "2", "5", "6", "3.5", "many").forEach(text -> bounds.check("postevent.key", text, faults::add));
        assertThat(faults)
                .containsExactly(
                        "postevent.key is '1', expected a whole number from 2 to 5",
                        "postevent.key is '6', expected a whole number from 2 to 5",
                        "postevent.key is '3.5', expected a whole number from 2 to 5",
                        "postevent.key is 'many', expected a whole number from 2 to 5");
    }

    @Test
    void aFactorMayHaveAFraction() {
        Bounds bounds = Bounds.factor(1, 100);
        assertThat(bounds.readFactor("postevent.key", "1.5", "2", faults::add)).isEqualTo(1.5);
        assertThat(bounds.readFactor("postevent.key", "0.9", "2", faults::add)).isEqualTo(2);
        assertThat(bounds.readFactor("postevent.key", "NaN", "2", faults::add)).isEqualTo(2);
        assertThat(faults)
                .containsExactly(
                        "postevent.key is '0.9', expected a number from 1 to 100",
                        "postevent.key is 'NaN', expected a number from 1 to 100");
    }

    @Test
    void thatHoldNothingAreAMistakeOfOurs() {
        assertThatThrownBy(() -> Bounds.number(2, 1)).hasMessageContaining("2 is more than 1");
    }

    @Test
    void everyDefaultIsWithinItsBounds() {
        for (Key key : bounded()) {
            key.bounds().orElseThrow().check(key.keyName(), key.defaultValue(), faults::add);
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void noKeyHasBoundsThatAreWordsOnly() {
        assertThat(Arrays.stream(Key.values())
                        .filter(key -> key.bounds().isEmpty())
                        .map(Key::allowed))
                .noneMatch(KeyRules::areBounds);
    }

    /** Also those that nobody would read here: of subscriptions, where there are none. */
    @Test
    void everyKeyIsHeldToItsBoundsAndTellsThem() {
        Map<String, String> properties = new HashMap<>();
        for (Key key : bounded()) {
            properties.put(key.keyName(), "soon");
        }
        check(properties, List.of());
        for (Key key : bounded()) {
            assertThat(faults).filteredOn(tells(key, key.keyName())).hasSize(1);
        }
        assertThat(faults).hasSize(bounded().size());
    }

    @Test
    void everyKeyOfOneSubscriptionIsHeldToItsBoundsAndTellsThem() {
        List<Key> keys = bounded().stream().filter(Key::isOfSubscriptions).toList();
        Map<String, String> properties = new HashMap<>();
        for (Key key : keys) {
            properties.put(key.keyNameFor("shipping"), "soon");
        }
        check(properties, List.of("billing", "shipping"));
        for (Key key : keys) {
            assertThat(faults)
                    .filteredOn(tells(key, key.keyNameFor("shipping")))
                    .hasSize(1);
        }
        assertThat(faults).hasSize(keys.size());
    }

    private static Predicate<String> tells(Key key, String name) {
        return fault -> fault.startsWith(name + " is 'soon', expected a ")
                && fault.contains("from " + KeyRules.bounds(key.allowed()));
    }

    private void check(Map<String, String> properties, List<String> subscriptions) {
        ConfigFaults found = new ConfigFaults();
        new Settings(
                        new SmallRyeConfigBuilder()
                                .withSources(new PropertiesConfigSource(properties, "test", 100))
                                .build(),
                        found)
                .checkBounds(subscriptions);
        faults.addAll(found.all());
    }

    /** Of several who read the same key. */
    @Test
    void aFaultCountsOnce() {
        ConfigFaults found = new ConfigFaults();
        found.add("one");
        found.add("another");
        found.add("one");
        assertThat(found.all()).containsExactly("one", "another");
    }
}
