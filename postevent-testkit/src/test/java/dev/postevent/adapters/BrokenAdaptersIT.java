package dev.postevent.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.Transport;
import dev.postevent.testkit.contract.FeedContract;
import dev.postevent.testkit.contract.Publishers;
import dev.postevent.testkit.contract.TransportContract;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Each test of a contract fails where its promise is broken: it is run over adapters that do so, one after the other. */
class BrokenAdaptersIT {
    private static final Duration LIMIT = Duration.ofMillis(1_600);

    private static volatile BrokenFeed brokenFeed;
    private static volatile BrokenTransport brokenTransport;

    /** Has no name of a test, so that nothing but this class runs it. */
    static final class OverFeed extends FeedContract {
        private final Loft loft = new Loft();

        @Override
        protected Publishers publishers() {
            return loft;
        }

        @Override
        protected EventLog log() {
            return loft;
        }

        @Override
        protected Feed feed(ThreadFactory threads) {
            return new PigeonFeed(loft, TOPIC, threads, brokenFeed);
        }

        @Override
        protected void breakConnections() {
            loft.scareAllBirds();
        }

        @Override
        protected Duration limit() {
            return LIMIT;
        }
    }

    /** Has no name of a test, so that nothing but this class runs it. */
    static final class OverTransport extends TransportContract {
        private final Loft loft = new Loft();

        @Override
        protected Transport transport() {
            return new Pigeons(brokenTransport);
        }

        @Override
        protected Publishers publishers() {
            Pigeons.LOFTS.put("loft-7", loft);
            return loft;
        }

        @Override
        protected URI uri() {
            return URI.create("pigeon://loft-7:1/orders");
        }

        @Override
        protected URI unreachable() {
            return URI.create("pigeon://nowhere:1/orders");
        }

        @Override
        protected List<URI> refused() {
            return List.of(URI.create("pigeon://loft-7/orders"));
        }

        @Override
        protected void close() {
            Pigeons.LOFTS.remove("loft-7");
        }

        @Override
        protected Duration limit() {
            return LIMIT;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOT")
    void aBrokenFeedIsFound(BrokenFeed broken) {
        brokenFeed = broken;
        assertThat(failure(OverFeed.class, broken.test)).contains(broken.says);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOT")
    void aBrokenTransportIsFound(BrokenTransport broken) {
        brokenTransport = broken;
        assertThat(failure(OverTransport.class, broken.test)).contains(broken.says);
    }

    /** What cannot be broken with a pigeon is what its module files say. */
    @Test
    void eachTestOfAContractFindsSomething() {
        assertThat(Arrays.stream(BrokenFeed.values()).map(broken -> broken.test))
                .containsAll(tests(FeedContract.class));
        Set<String> ofTransports = tests(TransportContract.class);
        ofTransports.remove("isFoundByTheServiceLoader");
        assertThat(Arrays.stream(BrokenTransport.values()).map(broken -> broken.test))
                .containsAll(ofTransports);
    }

    private static Set<String> tests(Class<?> contract) {
        return Stream.of(contract.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(method -> method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What one test says that fails; empty if it does not. */
    private static String failure(Class<?> suite, String test) {
        List<Throwable> thrown = new ArrayList<>();
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectMethod(suite, test))
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
                                result.getThrowable().ifPresent(thrown::add);
                            }
                        });
        assertThat(thrown).as("failures of " + test).isNotEmpty();
        return thrown.stream()
                .flatMap(one -> Stream.concat(Stream.of(one), Stream.of(one.getSuppressed())))
                .map(Throwable::toString)
                .collect(Collectors.joining("\n"));
    }
}
