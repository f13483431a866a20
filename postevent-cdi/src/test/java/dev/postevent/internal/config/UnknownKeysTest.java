package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is named like a key of ours and is none, is found; whatever is a key, is not. */
class UnknownKeysTest {

    private static List<String> faults(Map<String, String> properties, Map<String, String> environment) {
        ConfigFaults faults = new ConfigFaults();
        new Settings(
                        new SmallRyeConfigBuilder()
                                .withSources(
                                        new PropertiesConfigSource(properties, "test", 100),
                                        new EnvConfigSource(environment, 300))
                                .build(),
                        faults)
                .refuseUnknownKeys(
                        List.of("shipping", "Shop.bill"),
                        List.of("postevent.grpc.server.port", "postevent.grpc.server.allow.<topic>.read"));
        return faults.all();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POSTEVENT_FEED_PASSWORD",
                "postevent_feed_password",
                "POSTEVENT_PUBLISH_SIZE_MAX",
                "POSTEVENT_STOP_LIMIT",
                "POSTEVENT_SUBSCRIPTIONS_DEFAULTS_LANES",
                "POSTEVENT_SUBSCRIPTIONS_SHIPPING_LANES",
                "POSTEVENT_SUBSCRIPTIONS_SHOP_BILL_ON_FAILURE",
                "POSTEVENT_SUBSCRIPTIONS_SHOP_BILL_START",
                "POSTEVENT_TOPICS_ORDERS_REMOTE_URI",
                "POSTEVENT_TOPICS_NAMES_OF_REMOTE_URI",
                "POSTEVENT_GRPC_SERVER_PORT",
                "POSTEVENT_GRPC_SERVER_ALLOW_NAMES_READ",
                "PATH",
                "POSTEVENTS",
                "POSTEVENT_SHOP_SERVICE_HOST",
                "POSTEVENT_SHOP_SERVICE_PORT",
                "POSTEVENT_SHOP_SERVICE_PORT_HTTP",
                "POSTEVENT_SHOP_PORT_9080_TCP",
                "POSTEVENT_SHOP_PORT_9080_TCP_ADDR"
            })
    void variablesThatAreKeysOrNobodyMeantForUs(String variable) {
        assertThat(faults(Map.of(), Map.of(variable, "1"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "POSTEVENT_FEED_PASWORD, POSTEVENT_FEED_PASSWORD",
        "POSTEVENT_STOP_LIMITS, POSTEVENT_STOP_LIMIT",
        "postevent_lease_seconds, postevent_lease_seconds",
        "POSTEVENT_SUBSCRIPTIONS_NOBODY_LANES, POSTEVENT_SUBSCRIPTIONS_NOBODY_LANES",
        "POSTEVENT_SUBSCRIPTIONS_DEFAULTS_START, POSTEVENT_SUBSCRIPTIONS_DEFAULTS_START",
        "POSTEVENT_TOPICS_ORDERS, POSTEVENT_TOPICS_ORDERS",
        "POSTEVENT_TOPICS_NAMES_REMOTE_URI, POSTEVENT_TOPICS_NAMES_REMOTE_URI",
        "POSTEVENT_GRPC_SERVER_ALLOW_ORDERS_WRITE, POSTEVENT_GRPC_SERVER_ALLOW_ORDERS_WRITE"
    })
    void variablesThatNobodyReadsAreFaults(String variable, String hint) {
        assertThat(faults(Map.of(), Map.of(variable, "1")))
                .singleElement()
                .satisfies(fault ->
                        assertThat(fault).contains("'" + variable + "'").contains(hint));
    }

    @Test
    void thePortOfAServiceIsNoneOfOursAndAPortThatSomebodySetIs() {
        assertThat(faults(Map.of(), Map.of("POSTEVENT_SHOP_PORT", "tcp://10.0.0.11:9080")))
                .isEmpty();
        assertThat(faults(Map.of(), Map.of("POSTEVENT_SHOP_PORT", "9080"))).hasSize(1);
    }

    @Test
    void aKeyThatIsSetInBothWaysIsNoFaultAndAWrongOneIsOne() {
        assertThat(faults(
                        Map.of("postevent.feed.password", "a", "postevent.subscriptions.shipping.lanes", "4"),
                        Map.of("POSTEVENT_FEED_PASSWORD", "b")))
                .isEmpty();
        assertThat(faults(Map.of("postevent.feed.pasword", "a"), Map.of("POSTEVENT_FEED_PASWORD", "b")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postevent.leese | did you mean 'postevent.lease'?",
                "postevent.subscriptions.defaults.bach-max | did you mean 'postevent.subscriptions.defaults.batch-max'?",
                "postevent.subscriptions.shipping.bach-max | did you mean 'postevent.subscriptions.shipping.batch-max'?",
                "postevent.subscriptions.nobody.lanes | subscriptions here: [Shop.bill, shipping]",
                "postevent.subscriptions.defaults.start | that is said for one subscription at a time, with the key"
                        + " 'postevent.subscriptions.<subscription>.start'",
                "postevent.topics.names.inbox.mode | a topic that is called 'names' has no keys of its own",
                "postevent.topics.defaults.remote.uri | a topic that is called 'defaults' has no keys of its own"
            })
    void theNearestIsNamed(String key, String hint) {
        assertThat(faults(Map.of(key, "1"), Map.of()))
                .singleElement()
                .asString()
                .contains("'" + key + "'", hint);
    }

    @Test
    void aFormerNameThatIsAnotherKeyAsAVariableIsRefusedAndNotTakenForThatOne() {
        String hint = "'postevent.grpc.client-ca-file', which is 'postevent.grpc.server.client-ca-file' now";
        assertThat(faults(Map.of("postevent.grpc.client-ca-file", "ca.pem"), Map.of()))
                .singleElement()
                .asString()
                .contains(hint);
        assertThat(faults(
                        Map.of("postevent.grpc.client-ca-file", "ca.pem"),
                        Map.of("POSTEVENT_GRPC_CLIENT_CA_FILE", "other.pem")))
                .anySatisfy(fault -> assertThat(fault).contains(hint));
    }
}
