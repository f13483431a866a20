package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.KeyRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules that the names of all keys keep; those of postevent-grpc, with these, are in its GrpcKeyNamesTest. */
class KeyNamesTest {
    private static final List<String> KEYS = keys();

    private static List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (Key key : Key.values()) {
            keys.add(key.keyName());
            if (key.keyName().startsWith(Key.SUBSCRIPTION_PREFIX)) {
                keys.add(key.keyNameFor("<subscription>"));
            }
        }
        return keys;
    }

    @Test
    void everyKeyKeepsTheRules() {
        assertThat(KeyRules.broken(
                        KEYS, Arrays.stream(Key.values()).map(Key::allowed).toList()))
                .isEmpty();
    }
}
