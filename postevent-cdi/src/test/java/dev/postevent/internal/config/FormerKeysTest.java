package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A key that got another name: the former one counts and is told once; both with different values are a fault. */
class FormerKeysTest {
    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".ci", "node_modules");
    private static final Pattern READ = Pattern.compile(".*\\.(?:java|md|properties|xml|cli|txt|sh|js|html|json)");
    private static final Set<String> WITH_FORMER_NAMES =
            Set.of("UPGRADING.md", "FormerKeys.java", "FormerKeysTest.java", "KeyRulesTest.java");

    private final ConfigFaults faults = new ConfigFaults();
    private final List<String> log = new ArrayList<>();

    private Settings settings(Map<String, String> properties) {
        return settings(properties, Map.of());
    }

    private Settings settings(Map<String, String> properties, Map<String, String> environment) {
        Settings settings = new Settings(
                new SmallRyeConfigBuilder()
                        .withSources(
                                new PropertiesConfigSource(properties, "test", 100),
                                new EnvConfigSource(environment, 300))
                        .build(),
                faults,
                log::add);
        settings.refuseUnknownKeys(
                List.of("shipping"), List.of("postevent.grpc.server.port", "postevent.grpc.server.allow.<topic>.read"));
        return settings;
    }

    @Test
    void theFormerNameCountsAndIsToldOnceWithBoth() {
        Settings settings = settings(Map.of("postevent.lease-millis", "3000"));
        assertThat(settings.duration(Key.LEASE)).isEqualTo(Duration.ofSeconds(3));
        assertThat(settings.duration(Key.LEASE)).isEqualTo(Duration.ofSeconds(3));
        assertThat(faults.all()).isEmpty();
        assertThat(log)
                .singleElement()
                .asString()
                .contains("'postevent.lease-millis'", "'postevent.lease'", "rename it");
    }

    @Test
    void theFormerNameCountsAsAnEnvironmentVariable() {
        Settings settings = settings(Map.of(), Map.of("POSTEVENT_LEASE_MILLIS", "3000", "POSTEVENT_TOPICS", "orders"));
        assertThat(settings.duration(Key.LEASE)).isEqualTo(Duration.ofSeconds(3));
        assertThat(settings.topics()).hasToString("[orders]");
        assertThat(faults.all()).isEmpty();
        assertThat(log).hasSize(2);
    }

    @Test
    void valuesThatWereWrittenOtherwiseAreUnderstood() {
        Settings settings = settings(Map.of(
                "postevent.feed", "debezium",
                "postevent.subscription.synchronous-commit", "off",
                "postevent.subscription.transaction-timeout-seconds", "90",
                "postevent.subscriptions.shipping.buffer-max-bytes", "65536",
                "postevent.publish.size-max-bytes", "1024"));
        assertThat(settings.size(Key.PUBLISH_SIZE_MAX)).isEqualTo(1024);
        assertThat(settings.text(Key.FEED)).hasValue("stream");
        SubscriptionSettings shipping = settings.subscription("shipping");
        assertThat(shipping.synchronousCommit()).isFalse();
        assertThat(shipping.limits().transactionTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(shipping.limits().bufferMaxBytes()).isEqualTo(65_536);
        assertThat(faults.all()).isEmpty();
        assertThat(log).hasSize(5);
    }

    @Test
    void whatIsOneTopicsOrOneSubscriptionsIsReadUnderItsFormerName() {
        Settings settings = settings(Map.of(
                "postevent.topics.orders.remote", "grpcs://shop:7443",
                "postevent.topics.orders.inbox", "copy",
                "postevent.grpc.allow.bills.read", "*",
                "postevent.subscription.backoff-first-millis", "5",
                "postevent.subscriptions.shipping.backoff-first-millis", "7"));
        assertThat(settings.topicsWithRemote()).hasToString("[orders]");
        assertThat(settings.remote(settings.topicsWithRemote().first(), Set.of("grpcs")))
                .isPresent();
        assertThat(settings.other("postevent.grpc.server.allow.bills.read")).hasValue("*");
        assertThat(settings.subscription("shipping").retry().backoffFirst()).isEqualTo(Duration.ofMillis(7));
        assertThat(settings.subscription("billing").retry().backoffFirst()).isEqualTo(Duration.ofMillis(5));
        assertThat(faults.all()).isEmpty();
    }

    @Test
    void bothWithDifferentValuesAreAFaultOnce() {
        Settings settings = settings(Map.of("postevent.lease-millis", "3000", "postevent.lease", "4s"));
        settings.duration(Key.LEASE);
        settings.duration(Key.LEASE);
        assertThat(faults.all())
                .containsExactly(
                        "'postevent.lease-millis' and 'postevent.lease', which is its name now, have different values:"
                                + " set only 'postevent.lease'");
    }

    @Test
    void bothWithTheSameValueAreToldAndGoOn() {
        Settings settings = settings(Map.of("postevent.lease-millis", "3000", "postevent.lease", "3s"));
        assertThat(settings.duration(Key.LEASE)).isEqualTo(Duration.ofSeconds(3));
        assertThat(faults.all()).isEmpty();
        assertThat(log).hasSize(1);
    }

    @Test
    void nothingIsToldOfKeysThatAreNotSet() {
        settings(Map.of("postevent.lease", "3s")).duration(Key.LEASE);
        assertThat(log).isEmpty();
    }

    /** What Kubernetes says of a service that is called postevent-grpc. */
    @Test
    void theVariableOfAServiceIsNoFormerName() {
        Settings settings = settings(Map.of(), Map.of("POSTEVENT_GRPC_PORT", "tcp://10.0.0.11:7443"));
        assertThat(settings.other("postevent.grpc.server.port")).isEmpty();
        assertThat(faults.all()).isEmpty();
    }

    /** And of one that is called postevent-grpc-server. */
    @Test
    void theVariableOfAServiceIsNoNameOfTodayEither() {
        Settings settings = settings(Map.of(), Map.of("POSTEVENT_GRPC_SERVER_PORT", "tcp://10.0.0.11:7443"));
        assertThat(settings.other("postevent.grpc.server.port")).isEmpty();
        assertThat(faults.all()).isEmpty();
    }

    @Test
    void aFormerNameOfAModuleThatIsNotThereIsRefused() {
        settings(Map.of("postevent.grpc.address", "localhost"));
        assertThat(faults.all()).singleElement().asString().contains("postevent.grpc.address");
    }

    /** Set for the key of today it would be read for the former one's, too: as postevent.grpc.client-ca-file would. */
    @Test
    void noFormerNameIsAKeyOfTodayOrTheVariableOfOne() throws IOException {
        Set<String> today =
                documented().stream().map(EnvironmentNames::capitals).collect(Collectors.toSet());
        Set<String> former = new TreeSet<>();
        for (FormerKeys.Former one : FormerKeys.all()) {
            assertThat(former.add(EnvironmentNames.capitals(one.was())))
                    .as(one.was())
                    .isTrue();
        }
        assertThat(today).contains("POSTEVENT_GRPC_CLIENT_CA_FILE");
        assertThat(former).isNotEmpty().doesNotContainAnyElementsOf(today);
    }

    @Test
    void everyFormerNameLeadsToAKey() throws IOException {
        Set<String> keys = documented();
        Arrays.stream(Key.values())
                .filter(key -> key.keyName().startsWith(Key.SUBSCRIPTION_PREFIX))
                .forEach(key -> keys.add(key.keyNameFor("<subscription>")));
        assertThat(FormerKeys.all()).allSatisfy(former -> assertThat(keys).contains(former.now()));
    }

    /** Whoever upgrades finds each of them. */
    @Test
    void everyFormerNameIsInUpgrading() throws IOException {
        String upgrading = Files.readString(Path.of("..", "UPGRADING.md"));
        assertThat(FormerKeys.all())
                .allSatisfy(former ->
                        assertThat(upgrading).contains("| `" + former.was() + "` | `" + former.now() + "` |"));
    }

    /** They still work, so nobody would see it otherwise. */
    @Test
    void nothingOfOursUsesAFormerName() throws IOException {
        Pattern former = Pattern.compile(FormerKeys.all().stream()
                .map(one -> Pattern.quote(one.was().substring("postevent.".length()))
                        .replace(Key.TOPIC, "\\E(?:<topic>|[a-z][a-z0-9_]*)\\Q")
                        .replace("<subscription>", "\\E(?:<name>|[A-Za-z][A-Za-z0-9_-]*)\\Q"))
                .collect(Collectors.joining("|", "(?<![\\w.-])postevent\\.(?:", ")(?![\\w-]|\\.[A-Za-z<\"])")));
        List<String> found = new ArrayList<>();
        Files.walkFileTree(Path.of(".."), new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_OURS.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (READ.matcher(name).matches() && !WITH_FORMER_NAMES.contains(name)) {
                    former.matcher(Files.readString(file))
                            .results()
                            .forEach(hit -> found.add(file + ": " + hit.group()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(found).isEmpty();
    }

    /** All keys, of all modules: tests of each hold the document and its code together. */
    private static Set<String> documented() throws IOException {
        return Pattern.compile("^\\| `(postevent\\.[^`]+)`", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("..", "docs", "configuration.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
