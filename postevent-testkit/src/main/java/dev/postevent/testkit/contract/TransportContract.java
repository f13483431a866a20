package dev.postevent.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.postevent.PosteventException;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Transport} has to do, run on each adapter: how it is configured, opened, connected, closed and stopped. What its
 * sources bring is for {@link EventLogContract} and {@link FeedContract}, which it passes with {@link Transport.Source#log} and {@link
 * Transport.Source#feed}.
 *
 * <pre>{@code
 * class CarrierPigeonsIT extends TransportContract {
 *     private final Loft loft = new Loft();
 *
 *     @Override
 *     protected Transport transport() {
 *         return new CarrierPigeons();
 *     }
 *
 *     @Override
 *     protected Publishers publishers() {
 *         return new LoftPublishers(loft);
 *     }
 *
 *     @Override
 *     protected URI uri() {
 *         return URI.create("pigeon://" + loft.name() + ":1/orders");
 *     }
 *
 *     @Override
 *     protected URI unreachable() {
 *         return URI.create("pigeon://nowhere:1/orders");
 *     }
 *
 *     @Override
 *     protected List<URI> refused() {
 *         return List.of(URI.create("pigeon://a-loft-without-a-perch/orders"));
 *     }
 * }
 * }</pre>
 *
 * <p>Longer than most: it is the list of what a transport promises, one test each.
 *
 * @since 0.1.0
 */
public abstract class TransportContract {
    /** The topic at its source. */
    protected static final TopicName TOPIC = new TopicName("orders");

    private static final TopicName HERE = new TopicName("orders_here");
    private static final TopicName ALSO_HERE = new TopicName("orders_also_here");
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*");

    private final MadeThreads threads = new MadeThreads();
    private final List<Transport.Link> links = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();
    private Publishers publishers;
    private int numbers;

    /** Made by JUnit, once for each test. */
    protected TransportContract() {}

    /** The transport, made by its constructor. */
    protected abstract Transport transport();

    /** A source that runs, with an empty topic {@code orders}; asked first. */
    protected abstract Publishers publishers() throws Exception;

    /** Where that topic is; its path is {@code /orders}. */
    protected abstract URI uri() throws Exception;

    /** A topic at a source that is not there. Nothing is wrong with it but that. */
    protected abstract URI unreachable() throws Exception;

    /** Of its schemes, and what it can do nothing with: at least one. */
    protected abstract List<URI> refused();

    /** Keys and values that it takes to use {@link #uri}. */
    protected Map<String, String> config() {
        return Map.of();
    }

    /** Keys and values that have it serve this application's topics; empty if it never does. */
    protected Map<String, String> serving() {
        return Map.of();
    }

    /** Ends the source; links are stopped by then. */
    protected void close() throws Exception {
        // where there is nothing to end
    }

    /** How long a test waits for what has to come: for what hangs, so it is long. An eighth of it is "at once". */
    protected Duration limit() {
        return Duration.ofMinutes(4);
    }

    private Duration atOnce() {
        return limit().dividedBy(8);
    }

    /** What it is told at deployment; remembers which keys were asked for. */
    private record Told(Map<String, String> values, List<RemoteTopic> remotes, Set<String> asked)
            implements Transport.Setup {
        @Override
        public Optional<String> config(String key) {
            asked.add(key);
            return Optional.ofNullable(values.get(key));
        }

        @Override
        public Set<TopicName> published() {
            return Set.of(new TopicName("own"));
        }
    }

    @BeforeEach
    final void makeSource() throws Exception {
        publishers = publishers();
    }

    @AfterEach
    final void end() throws Exception {
        try {
            consumers.forEach(Consumer::openGate);
            for (Transport.Link link : links) {
                link.stop(STOP_LIMIT);
            }
            consumers.forEach(Consumer::stopped);
        } finally {
            close();
        }
        Looking.until(
                limit(),
                () -> "the threads end: " + threads.alive(),
                () -> threads.alive().isEmpty());
        consumers.forEach(consumer -> assertEquals(Set.of(), consumer.faults()));
    }

    private static RemoteTopic remote(TopicName name, URI uri) {
        return RemoteTopic.of(name, uri);
    }

    private static Told told(Map<String, String> values, RemoteTopic... remotes) {
        return new Told(values, List.of(remotes), ConcurrentHashMap.newKeySet());
    }

    private static Transport.Configured configured(Transport transport, Transport.Setup setup) {
        List<String> faults = new ArrayList<>();
        Transport.Configured configured = transport.configure(setup, faults::add);
        assertEquals(List.of(), faults);
        return configured;
    }

    private Transport.Link open(Transport.Configured configured) {
        Transport.Link link = configured.open(new Application(threads));
        links.add(link);
        return link;
    }

    private Transport.Link link(RemoteTopic... remotes) {
        return open(configured(transport(), told(config(), remotes)));
    }

    private Consumer start(Transport.Source source, TopicName topic) {
        Consumer consumer = new Consumer(topic);
        consumers.add(consumer);
        source.feed().start(consumer);
        return consumer;
    }

    private void awaitStreaming(Transport.Source source) {
        Looking.until(
                limit(),
                () -> "it is streaming: " + source.feed().status(),
                () -> source.feed().status().state() == Feed.State.STREAMING);
    }

    private void until(String what, BooleanSupplier isSo) {
        Looking.until(limit(), () -> what, isSo);
    }

    private String publish() throws Exception {
        numbers++;
        String id = "e" + numbers;
        consumers.forEach(consumer -> consumer.publishes(id));
        publishers.publish(List.of(LogEntry.at(0)
                .kind('e')
                .id(id)
                .source("urn:test")
                .type("t")
                .subject("s")
                .build()));
        return id;
    }

    /** Publishes until one is handed over, or a batch waits in the listener: a feed may lose some, with a doubt. */
    private void hear(Consumer consumer) throws Exception {
        for (int i = 0; i < 20; i++) {
            String id = publish();
            Looking.until(
                    limit(),
                    () -> "an entry, or a doubt; " + consumer,
                    () -> consumer.isAtGate() || consumer.isCovered(id));
            if (consumer.isAtGate() || consumer.stored(id) != null) {
                return;
            }
        }
        throw new AssertionError("nothing was handed over: " + consumer);
    }

    @Test
    public void isFoundByTheServiceLoader() throws Exception {
        Class<?> type = transport().getClass();
        assertTrue(
                ServiceLoader.load(Transport.class).stream().anyMatch(provider -> provider.type() == type),
                () -> type.getName() + " is not in META-INF/services/" + Transport.class.getName());
        assertNotNull(type.getConstructor());
    }

    @Test
    public void itsSchemesAreThoseOfItsUris() throws Exception {
        Set<String> schemes = transport().schemes();
        assertFalse(schemes.isEmpty());
        schemes.forEach(scheme -> assertTrue(SCHEME.matcher(scheme).matches(), scheme));
        List<URI> uris = new ArrayList<>(refused());
        uris.add(uri());
        uris.add(unreachable());
        uris.forEach(uri -> assertTrue(schemes.contains(uri.getScheme()), uri::toString));
    }

    @Test
    public void itsKeysAreOfPosteventAndEachIsThereOnce() {
        List<ConfigKey> keys = transport().keys();
        for (ConfigKey key : keys) {
            assertTrue(key.name().startsWith("postevent."), key::name);
            assertFalse(key.allowed().isBlank(), key::name);
            assertFalse(key.meaning().isBlank(), key::name);
        }
        assertEquals(
                keys.size(), new HashSet<>(keys.stream().map(ConfigKey::name).toList()).size());
    }

    /** Any other is refused at deployment, so nobody could set it. */
    @Test
    public void readsNoKeyThatItDoesNotName() throws Exception {
        Told consumes = told(config(), remote(HERE, uri()), remote(TOPIC, unreachable()));
        assertNotNull(configured(transport(), consumes));
        Told serves = told(serving());
        assertNotNull(configured(transport(), serves));
        Set<String> unnamed = new TreeSet<>(consumes.asked());
        unnamed.addAll(serves.asked());
        unnamed.removeIf(key -> !key.startsWith("postevent.") || isNamed(key));
        assertEquals(Set.of(), unnamed);
    }

    private boolean isNamed(String key) {
        return transport().keys().stream()
                .map(named -> named.name().split("<topic>", -1))
                .anyMatch(parts -> Pattern.matches(String.join("[a-z][a-z0-9_]*", quoted(parts)), key));
    }

    private static List<String> quoted(String... parts) {
        List<String> quoted = new ArrayList<>();
        for (String part : parts) {
            quoted.add(Pattern.quote(part));
        }
        return quoted;
    }

    @Test
    public void anAddressThatCannotBeIsAFaultThatNamesItsKey() {
        assertFalse(refused().isEmpty());
        for (URI uri : refused()) {
            List<String> faults = new ArrayList<>();
            Transport.Configured unused = transport().configure(told(config(), remote(HERE, uri)), faults::add);
            assertTrue(
                    faults.stream().anyMatch(fault -> fault.contains("postevent.topics." + HERE + ".remote.uri")),
                    () -> uri + ": " + faults);
        }
    }

    @Test
    public void servesIfThatIsConfiguredAndNotOtherwise() throws Exception {
        Transport.Configured consumer = configured(transport(), told(config(), remote(HERE, uri())));
        assertFalse(consumer.serves());
        assertNull(open(consumer).status());
        Transport.Configured server = configured(transport(), told(serving()));
        assertEquals(!serving().isEmpty(), server.serves());
        if (server.serves()) {
            serves(open(server));
        }
    }

    /** None of it waits for anybody. */
    private void serves(Transport.Link link) {
        LogEntry entry =
                LogEntry.at(1).kind('e').id("a").source("urn:test").type("t").build();
        assertTimeoutPreemptively(atOnce(), link::serve);
        assertTimeoutPreemptively(atOnce(), () -> {
            link.offer(Map.of(new TopicName("own"), List.of(entry)));
            link.doubt("the contract's");
        });
        until("it listens", () -> {
            Transport.ServerStatus status = link.status();
            return status != null && status.listening();
        });
        Transport.ServerStatus status = link.status();
        assertNotNull(status);
        assertFalse(status.kind().isBlank());
        assertFalse(status.detail().isBlank());
        assertEquals(Map.of(), status.connected());
    }

    @Test
    public void opensAndConnectsThoughTheSourceIsAway() throws Exception {
        RemoteTopic remote = remote(HERE, unreachable());
        Transport.Source source =
                assertTimeoutPreemptively(atOnce(), () -> link(remote).connect(remote));
        assertEquals(Feed.State.STOPPED, source.feed().status().state(), "nobody has started it");
        assertTrue(source.headSeen().isEmpty(), "it was never heard of");
        assertTrue(source.settledSeen().isEmpty(), "it was never heard of");
        assertThrows(PosteventException.class, () -> source.log().head(HERE));
        assertTimeoutPreemptively(atOnce(), () -> start(source, HERE));
        until(
                "its feed says why",
                () -> source.feed().status().state() == Feed.State.RETRYING
                        && source.feed().status().detail() != null);
        assertTimeoutPreemptively(atOnce(), source::headSeen);
    }

    @Test
    public void aTopicHasTheNameThatItHasInThisApplication() throws Exception {
        RemoteTopic remote = remote(HERE, uri());
        assertEquals(TOPIC, remote.remoteName());
        Transport.Source source = link(remote).connect(remote);
        String first = publish();
        Range range = source.log().read(HERE, 0, Long.MAX_VALUE, 10, 1 << 20);
        assertEquals(List.of(first), range.entries().stream().map(LogEntry::id).toList());
        assertEquals(1, source.log().head(HERE));
        Consumer consumer = start(source, HERE);
        awaitStreaming(source);
        hear(consumer);
    }

    @Test
    public void headAndSettledAreSeenOnceTheSourceHasSaidThem() throws Exception {
        RemoteTopic remote = remote(HERE, uri());
        Transport.Source source = link(remote).connect(remote);
        publish();
        publish();
        start(source, HERE);
        awaitStreaming(source);
        assertEquals(2, source.log().head(HERE));
        assertEquals(2, source.log().read(HERE, 0, Long.MAX_VALUE, 10, 1 << 20).settledThrough());
        until("the head is seen", () -> source.headSeen().orElse(0) == 2);
        until("what is settled is seen", () -> source.settledSeen().orElse(0) == 2);
    }

    @Test
    public void aSourceThatIsClosedLeavesOthersOfItsLinkAlone() throws Exception {
        RemoteTopic one = remote(HERE, uri());
        RemoteTopic other = remote(ALSO_HERE, uri());
        Transport.Link link = link(one, other);
        Transport.Source closed = link.connect(one);
        Transport.Source stays = link.connect(other);
        Consumer ended = start(closed, HERE);
        Consumer goesOn = start(stays, ALSO_HERE);
        awaitStreaming(closed);
        awaitStreaming(stays);
        hear(ended);

        closed.close();
        ended.stopped();
        closed.close();

        assertEquals(Feed.State.STOPPED, closed.feed().status().state());
        hear(goesOn);
        assertEquals(numbers, stays.log().head(ALSO_HERE));
        assertEquals(Feed.State.STREAMING, stays.feed().status().state());
    }

    @Test
    public void aSourceThatIsClosedBeforeItsFeedIsStartedStartsNothing() throws Exception {
        RemoteTopic remote = remote(HERE, uri());
        Transport.Link link = link(remote);
        Transport.Source source = link.connect(remote);
        source.close();
        Consumer late = new Consumer(HERE);
        late.stopped();
        consumers.add(late);
        source.feed().start(late);
        assertEquals(Feed.State.STOPPED, source.feed().status().state());
        // a link is good for more than one source, also of the same topic
        Transport.Source next = link.connect(remote);
        Consumer consumer = start(next, HERE);
        awaitStreaming(next);
        hear(consumer);
        assertFalse(late.wasCalled());
    }

    /** What goes on in it is a call of the listener, which nobody can end. */
    @Test
    public void closeWaitsForNothingButItsOwnThreadsAndForTheseASecond() throws Exception {
        RemoteTopic remote = remote(HERE, uri());
        Transport.Source source = link(remote).connect(remote);
        Consumer consumer = start(source, HERE);
        awaitStreaming(source);
        consumer.closeGate();
        hear(consumer);
        assertTrue(consumer.isAtGate(), consumer::toString);
        assertTimeoutPreemptively(Duration.ofSeconds(1).plus(atOnce()), source::close);
        consumer.stopped();
        assertEquals(Feed.State.STOPPED, source.feed().status().state());
    }

    @Test
    public void theLinksStopEndsSourcesThatAreOpen() throws Exception {
        RemoteTopic one = remote(HERE, uri());
        RemoteTopic other = remote(ALSO_HERE, uri());
        Transport.Link link = link(one, other);
        Transport.Source streams = link.connect(one);
        Transport.Source idle = link.connect(other);
        Consumer consumer = start(streams, HERE);
        awaitStreaming(streams);
        hear(consumer);

        assertTimeoutPreemptively(STOP_LIMIT.plus(atOnce()), () -> link.stop(STOP_LIMIT));
        consumer.stopped();
        link.stop(STOP_LIMIT);

        assertEquals(Feed.State.STOPPED, streams.feed().status().state());
        assertEquals(Feed.State.STOPPED, idle.feed().status().state());
        assertThrows(PosteventException.class, () -> streams.log().head(HERE));
        publish();
        streams.close();
        idle.close();
    }

    @Test
    public void twoLinksOfOneTransportKnowNothingOfEachOther() throws Exception {
        Transport transport = transport();
        RemoteTopic remote = remote(HERE, uri());
        Transport.Link one = open(configured(transport, told(config(), remote)));
        Transport.Link other = open(configured(transport, told(config(), remote)));
        assertNotEquals(one, other);
        Transport.Source stays = other.connect(remote);
        Consumer consumer = start(stays, HERE);
        awaitStreaming(stays);
        one.stop(STOP_LIMIT);
        hear(consumer);
        assertEquals(numbers, stays.log().head(HERE));
    }
}
