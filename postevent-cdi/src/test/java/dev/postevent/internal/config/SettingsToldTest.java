package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.Setting;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.TopicName;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is told of a configuration, and what is not. */
class SettingsToldTest {
    private static final List<ConfigKey> OTHERS = List.of(
            ConfigKey.of("postevent.pigeon.flock", "1 to 99", "How many birds.").withDefault("2"),
            ConfigKey.of("postevent.pigeon.owner.access-token", "text", "Whose birds."),
            ConfigKey.of("postevent.pigeon.<topic>.loft", "text", "Where they live."));

    private final List<String> logged = new ArrayList<>();

    private List<Setting> told(Map<String, String> file, Map<String, String> above) {
        Settings settings = new Settings(
                new SmallRyeConfigBuilder()
                        .withSources(
                                new PropertiesConfigSource(file, "the file", 100),
                                new PropertiesConfigSource(above, "above it", 400))
                        .build(),
                new ConfigFaults(),
                logged::add);
        return new SettingsTold(settings, Map.of(Key.NODE, "shop-1"))
                .all(Set.of(new TopicName("orders")), List.of("billing"), OTHERS);
    }

    private Setting told(String name, Map<String, String> file) {
        return one(told(file, Map.of()), name);
    }

    private static Setting one(List<Setting> all, String name) {
        return all.stream()
                .filter(setting -> setting.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatNobodySaidIsTheDefault() {
        Setting lease = told("postevent.lease", Map.of());
        assertThat(lease.value()).contains("10s");
        assertThat(lease.defaultValue()).contains("10s");
        assertThat(lease.source()).isEmpty();
        assertThat(lease.allowed()).isEqualTo("duration, 1s to 10m");
        assertThat(lease.meaning()).startsWith("How long a lane");
        assertThat(told("postevent.node", Map.of()).value()).contains("shop-1");
        assertThat(told("postevent.datasource", Map.of()).value()).isEmpty();
        assertThat(told("postevent.pigeon.flock", Map.of()).value()).contains("2");
    }

    @Test
    void ofSeveralSourcesTheOneThatCountsIsNamed() {
        Setting lease =
                one(told(Map.of("postevent.lease", "20s"), Map.of("postevent.lease", "30s")), "postevent.lease");
        assertThat(lease.value()).contains("30s");
        assertThat(lease.source().orElseThrow().name()).contains("above it");
        assertThat(lease.source().orElseThrow().ordinal()).isEqualTo(400);
    }

    @Test
    void aFormerNameIsReadAsItCounts() {
        String before = FormerKeys.of("postevent.lease").orElseThrow().was();
        Setting lease = told("postevent.lease", Map.of(before, "20000"));
        assertThat(lease.value()).contains("20000ms");
        assertThat(lease.source().orElseThrow().name()).contains("the file");
        assertThat(logged).hasSize(1);
    }

    @Test
    void keysOfOneTopicOrSubscriptionAreThereIfTheyAreSet() {
        List<Setting> all = told(
                Map.of(
                        "postevent.topics.orders.inbox.mode", "direct",
                        "postevent.subscriptions.billing.lanes", "4",
                        "postevent.subscriptions.billing.start", "now",
                        "postevent.pigeon.orders.loft", "north"),
                Map.of());
        assertThat(all)
                .extracting(Setting::name)
                .contains(
                        "postevent.topics.orders.inbox.mode",
                        "postevent.subscriptions.billing.lanes",
                        "postevent.subscriptions.billing.start",
                        "postevent.pigeon.orders.loft")
                .doesNotHaveDuplicates()
                .noneMatch(name -> name.contains("<"));
        assertThat(told(Map.of(), Map.of()))
                .extracting(Setting::name)
                .noneMatch(name -> name.contains("orders") || name.contains("billing"));
    }

    @Test
    void nothingSecretIsTold() {
        Map<String, String> file = Map.of(
                "postevent.feed.password", "zq1",
                "postevent.pigeon.owner.access-token", "zq2",
                "postevent.feed.url", "jdbc:postgresql:app?user=anna&password=zq3",
                "postevent.topics.orders.remote.uri", "grpcs://anna:zq/q?4@shop:7443/orders");
        List<Setting> all = told(file, Map.of());
        assertThat(all.toString()).doesNotContain("zq");
        assertThat(one(all, "postevent.feed.password").secret()).isTrue();
        assertThat(one(all, "postevent.feed.password").source()).isPresent();
        assertThat(one(all, "postevent.feed.password").value()).isEmpty();
        assertThat(one(all, "postevent.pigeon.owner.access-token").secret()).isTrue();
        assertThat(one(all, "postevent.feed.url").value()).contains("jdbc:postgresql:app?...");
        assertThat(one(all, "postevent.topics.orders.remote.uri").value()).contains("grpcs://...@shop:7443/orders");
        assertThat(one(all, "postevent.feed.password").secret()).isTrue();
        assertThat(one(told(Map.of(), Map.of()), "postevent.feed.password").source())
                .isEmpty();
    }

    @Test
    void whatOnlySpeaksOfSecretsIsTold() {
        assertThat(SettingsTold.isSecret(ConfigKey.of("postevent.grpc.server.token.issuer", "text", "")))
                .isFalse();
        assertThat(SettingsTold.isSecret(ConfigKey.of("postevent.grpc.client.token-file", "file", "")))
                .isFalse();
        assertThat(SettingsTold.isSecret(ConfigKey.of("postevent.a.db-passphrase", "text", "")))
                .isTrue();
        assertThat(SettingsTold.isSecret(ConfigKey.of("postevent.a.credentials", "text", "")))
                .isTrue();
        assertThat(SettingsTold.isSecret(ConfigKey.of("postevent.a.b", "secret", "")))
                .isTrue();
    }
}
