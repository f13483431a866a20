package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code postevent.topics.<topic>.remote.uri} may be, whatever transport reads it. */
class RemoteUriTest {
    private final ConfigFaults faults = new ConfigFaults();

    private Optional<RemoteTopic> remote(String uri) {
        Settings settings = new Settings(
                new SmallRyeConfigBuilder()
                        .withSources(new PropertiesConfigSource(
                                Map.of("postevent.topics.orders.remote.uri", uri), "test", 100))
                        .build(),
                faults);
        return settings.remote(new TopicName("orders"), Set.of("grpcs", "kafka"));
    }

    @ParameterizedTest
    @CsvSource({
        "grpcs://shop:7443, orders, grpcs://shop:7443/orders",
        "grpcs://shop:7443/, orders, grpcs://shop:7443/orders",
        "grpcs://[::1]:7443/shop_orders, shop_orders, grpcs://[::1]:7443/shop_orders",
        "'kafka://a:1,b:2/shop_orders', shop_orders, 'kafka://a:1,b:2/shop_orders'",
        "kafka://cluster, orders, kafka://cluster/orders",
    })
    void whereItIsIsForTheTransportToRead(String uri, String nameThere, String told) {
        assertThat(remote(uri)).hasValueSatisfying(remote -> {
            assertThat(remote.topic()).hasToString("orders");
            assertThat(remote.remoteName()).hasToString(nameThere);
            assertThat(remote.uri()).isEqualTo(URI.create(uri));
            assertThat(remote).hasToString(told);
        });
        assertThat(faults.all()).isEmpty();
    }

    @Test
    void aListOfHostsIsToldAsItIs() {
        assertThat(remote("kafka://a:1,b:2").orElseThrow().uri().getRawAuthority())
                .isEqualTo("a:1,b:2");
    }

    @ParameterizedTest
    @CsvSource({
        "grpcs://me:sesame@shop:7443, user",
        "'kafka://me:sesame@a:1,b:2', user",
        "'kafka://a:1,me:sesame@b:2', user",
        "grpcs://shop:7443?key=sesame, query",
        "grpcs://shop:7443#sesame, fragment",
        "grpcs:sesame, no scheme",
        "grpcs:///orders, no scheme",
        "grpcs://shop:7443/a/b, not a topic name",
        "http://shop:7443, nothing here reaches",
        "shop:7443, nothing here reaches",
        "'grpcs://sesame shop:7443', Illegal character",
        "'kafka://[::1]:1,[::2]:2', Illegal character in port number",
    })
    void whatIsNoneIsAFaultThatShowsNoSecret(String uri, String fault) {
        assertThat(remote(uri)).isEmpty();
        assertThat(faults.all())
                .singleElement()
                .asString()
                .contains("postevent.topics.orders.remote.uri", fault)
                .doesNotContain("sesame");
    }
}
