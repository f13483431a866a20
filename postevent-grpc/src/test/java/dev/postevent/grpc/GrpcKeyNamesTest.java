package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.config.Key;
import dev.postevent.spi.ConfigKey;
import dev.postevent.testing.KeyRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules that the names of all keys keep, those of the library and those of this module together. */
class GrpcKeyNamesTest {
    private static final List<String> KEYS = keys();

    private static List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (Key key : Key.values()) {
            keys.add(key.keyName());
            if (key.keyName().startsWith(Key.SUBSCRIPTION_PREFIX)) {
                keys.add(Key.ONE_SUBSCRIPTION_PREFIX + "<subscription>."
                        + key.keyName().substring(Key.SUBSCRIPTION_PREFIX.length()));
            }
        }
        new GrpcTransport().keys().stream().map(ConfigKey::name).forEach(keys::add);
        return keys;
    }

    /** A CA for outgoing calls that is set in the environment must not be one whose clients the server takes. */
    @Test
    void everyKeyKeepsTheRules() {
        assertThat(KeyRules.broken(
                        KEYS,
                        Arrays.stream(GrpcKey.values()).map(GrpcKey::allowed).toList()))
                .isEmpty();
    }

    /** Only who we are and whom we trust is said for one source; the rest is for all. */
    @Test
    void everyKeyIsTheServersOrTheClientsOrForBoth() {
        assertThat(Arrays.stream(GrpcKey.values()).map(GrpcKey::keyName))
                .allMatch(key -> key.matches("postevent\\.grpc\\.(server|client)\\..+|postevent\\.grpc\\."
                        + "(insecure|keep-alive|keep-alive-timeout|call-limit)"));
    }
}
