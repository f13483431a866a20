package dev.postevent.internal.config;

import dev.postevent.Setting;
import dev.postevent.internal.config.Bounds.Kind;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link Key}s from MicroProfile Config. A value that is out of its bounds becomes a fault and its default is used, so that
 * reading goes on and all faults are found.
 */
public final class Settings {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    // and what it was called before
    private static final Pattern REMOTE =
            Pattern.compile(Pattern.quote(Key.ONE_TOPIC_PREFIX) + "([a-z][a-z0-9_]{0,47})\\.remote(?:\\.uri)?");

    private final Config config;
    private final ConfigFaults faults;
    private final Consumer<String> log;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    public Settings(Config config, ConfigFaults faults) {
        this(config, faults, line -> LOG.log(Level.WARNING, line));
    }

    Settings(Config config, ConfigFaults faults, Consumer<String> log) {
        this.config = config;
        this.faults = faults;
        this.log = log;
    }

    /** The value as text; empty if neither set nor defaulted. */
    public Optional<String> text(Key key) {
        return raw(key.keyName()).or(() -> Optional.of(key.defaultValue()).filter(value -> !value.isEmpty()));
    }

    /** The value as it was set; empty if it was not. */
    public Optional<String> given(Key key) {
        return raw(key.keyName());
    }

    /** A whole number within the key's bounds. */
    public long number(Key key) {
        return read(Kind.NUMBER, key.keyName(), key);
    }

    /** A time within the key's bounds. */
    public Duration duration(Key key) {
        return duration(key.keyName(), key);
    }

    /** Bytes within the key's bounds. */
    public long size(Key key) {
        return read(Kind.SIZE, key.keyName(), key);
    }

    /** One of the constants of {@code type}, written in lower case with hyphens. */
    public <E extends Enum<E>> E choice(Key key, Class<E> type) {
        return choice(key.keyName(), key, type);
    }

    /** Adds a fault for every value that is out of its bounds, be it read later or not. */
    public void checkBounds(Collection<String> subscriptions) {
        for (Key key : Key.values()) {
            key.bounds().ifPresent(bounds -> {
                check(bounds, key.keyName());
                if (key.isOfSubscriptions()) {
                    subscriptions.forEach(name -> check(bounds, key.keyNameFor(name)));
                }
            });
        }
    }

    private void check(Bounds bounds, String name) {
        raw(name).ifPresent(text -> bounds.check(name, text, faults::add));
    }

    /** Adds a fault about values that are right one by one and wrong together. */
    public void fault(String fault) {
        faults.add(fault);
    }

    /** The topics of {@link Key#TOPICS}; names that are not valid are faults. */
    public SortedSet<TopicName> topics() {
        SortedSet<TopicName> topics = new TreeSet<>();
        for (String name : given(Key.TOPICS).orElse("").split(",", -1)) {
            String topic = name.strip();
            if (TopicName.isValid(topic)) {
                topics.add(new TopicName(topic));
            } else if (!topic.isEmpty()) {
                faults.add(Key.TOPICS.keyName() + " has '" + topic
                        + "', which is not a topic name: 1 to 48 of a-z, 0-9, _, beginning with a letter");
            }
        }
        return topics;
    }

    /** Where {@link Key#TOPICS} is set, {@code named} are all topics: of {@code used}, others are faults. */
    public void refuseOtherTopics(Collection<TopicName> named, Collection<TopicName> used) {
        if (given(Key.TOPICS).isEmpty()) {
            return;
        }
        Set<String> names = named.stream().map(TopicName::value).collect(Collectors.toCollection(TreeSet::new));
        for (TopicName topic : used) {
            if (!names.contains(topic.value())) {
                faults.add("the code has the topic '" + topic + "', which is not one of " + Key.TOPICS.keyName() + " "
                        + names + UnknownKeys.nearest(topic.value(), names) + "; name all topics there, or none");
            }
        }
    }

    /** The end of a sentence that asks whether the nearest of {@code known} was meant; empty: none is near. */
    public static String nearest(String name, Set<String> known) {
        return UnknownKeys.nearest(name, known);
    }

    /** Topics that have a {@link Key#TOPIC_REMOTE} in a source that lists its keys. */
    public SortedSet<TopicName> topicsWithRemote() {
        SortedSet<TopicName> topics = new TreeSet<>();
        for (String name : config.getPropertyNames()) {
            Matcher key = REMOTE.matcher(name);
            if (key.matches()
                    && !Key.RESERVED.contains(key.group(1))
                    && raw(name).isPresent()) {
                topics.add(new TopicName(key.group(1)));
            }
        }
        return topics;
    }

    /**
     * Where a topic comes from, if it is another application's.
     *
     * @param schemes those that can be reached
     */
    public Optional<RemoteTopic> remote(TopicName topic, Collection<String> schemes) {
        String key = Key.TOPIC_REMOTE.keyNameFor(topic);
        Optional<String> text = raw(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(remote(topic, new URI(text.get()), schemes));
        } catch (URISyntaxException | IllegalArgumentException e) {
            // a URISyntaxException repeats its input, which may hold a password
            String why = e instanceof URISyntaxException syntax ? syntax.getReason() : e.getMessage();
            faults.add(key + ": " + why + "; expected e.g. grpcs://host:port or grpcs://host:port/name-at-the-source");
            return Optional.empty();
        }
    }

    private static RemoteTopic remote(TopicName topic, URI uri, Collection<String> schemes) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        if (!schemes.contains(scheme)) {
            throw new IllegalArgumentException("nothing here reaches a source with the scheme '" + scheme + "': "
                    + (schemes.isEmpty()
                            ? "the JAR postevent-grpc is not in the application"
                            : "there are " + new TreeSet<>(schemes)));
        }
        return RemoteTopic.of(topic, uri);
    }

    private enum InboxMode {
        COPY,
        DIRECT
    }

    /** True if a topic's events are read where they are; faults if that was asked for and cannot be. */
    public boolean isDirect(TopicName topic, boolean local) {
        String own = Key.TOPIC_INBOX.keyNameFor(topic);
        boolean asked = raw(own).isPresent();
        boolean direct = choice(asked ? own : Key.INBOX.keyName(), Key.INBOX, InboxMode.class) == InboxMode.DIRECT;
        if (!direct || (!local && !asked)) {
            return false;
        }
        if (!local) {
            faults.add(own + " is 'direct', but the topic is another application's: its events have to be copied");
            return false;
        }
        if (!isInboxWithTopics()) {
            faults.add((asked ? own : Key.INBOX.keyName()) + " is 'direct', but " + Key.INBOX_DATASOURCE.keyName()
                    + " is another data source than " + Key.DATASOURCE.keyName()
                    + ": only what is in the same database can be read directly");
            return false;
        }
        return true;
    }

    /** True if the inbox is in the database of this application's topics. */
    public boolean isInboxWithTopics() {
        return given(Key.INBOX_DATASOURCE).orElse("").isEmpty()
                || given(Key.INBOX_DATASOURCE).equals(given(Key.DATASOURCE));
    }

    /** A value of any name, for those who bring keys of their own. */
    public Optional<String> other(String name) {
        return raw(name);
    }

    /** The source for events without one. */
    public URI source(String application) {
        String text = given(Key.SOURCE).orElse("urn:postevent:" + application);
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            faults.add(Key.SOURCE.keyName() + " is '" + text + "', which is not a URI: " + e.getMessage());
            return URI.create("urn:postevent:" + application);
        }
    }

    /** The value of a key as it was set for one subscription; empty if it was not. */
    public Optional<String> ofSubscription(Key key, String subscription) {
        return raw(key.keyNameFor(subscription));
    }

    /** The settings of one subscription. */
    public SubscriptionSettings subscription(String name) {
        return new SubscriptionSettings(
                (int) numberFor(name, Key.SUBSCRIPTION_LANES),
                retry(name),
                limits(name),
                choice(
                                nameOf(name, Key.SUBSCRIPTION_SYNCHRONOUS_COMMIT),
                                Key.SUBSCRIPTION_SYNCHRONOUS_COMMIT,
                                Flag.class)
                        == Flag.TRUE);
    }

    private SubscriptionSettings.Retry retry(String name) {
        return new SubscriptionSettings.Retry(
                attemptsMax(name),
                giveUpAfter(name),
                durationFor(name, Key.SUBSCRIPTION_BACKOFF_FIRST),
                factor(name),
                durationFor(name, Key.SUBSCRIPTION_BACKOFF_MAX),
                choice(nameOf(name, Key.SUBSCRIPTION_ON_FAILURE), Key.SUBSCRIPTION_ON_FAILURE, OnFailure.class)
                        == OnFailure.BLOCK);
    }

    private SubscriptionSettings.Limits limits(String name) {
        return new SubscriptionSettings.Limits(
                (int) numberFor(name, Key.SUBSCRIPTION_CONCURRENCY),
                (int) numberFor(name, Key.SUBSCRIPTION_BATCH_MAX),
                (int) numberFor(name, Key.SUBSCRIPTION_HELD_MAX),
                read(Kind.SIZE, nameOf(name, Key.SUBSCRIPTION_BUFFER_MAX), Key.SUBSCRIPTION_BUFFER_MAX),
                durationFor(name, Key.SUBSCRIPTION_TRANSACTION_TIMEOUT));
    }

    /**
     * Adds a fault for every key under {@code postevent.} that nobody reads, and for names of subscriptions whose keys are not theirs
     * alone.
     *
     * @param subscriptions the names there are, for keys of one subscription
     * @param others names of keys that others read, with {@link Key#TOPIC} for any topic
     */
    public void refuseUnknownKeys(Collection<String> subscriptions, Collection<String> others) {
        SubscriptionNames.clashes(subscriptions).forEach(faults::add);
        UnknownKeys unknown = new UnknownKeys(subscriptions, others);
        Set<String> seen = new TreeSet<>();
        config.getPropertyNames().forEach(seen::add);
        unknown.faults(seen, name -> set(name).orElse("")).forEach(faults::add);
    }

    private enum OnFailure {
        HOLD,
        BLOCK
    }

    private enum Flag {
        TRUE,
        FALSE
    }

    private double factor(String subscription) {
        Key key = Key.SUBSCRIPTION_BACKOFF_FACTOR;
        String name = nameOf(subscription, key);
        return bounds(key).readFactor(name, textOf(name, key), key.defaultValue(), faults::add);
    }

    private @Nullable Integer attemptsMax(String subscription) {
        OptionalLong limit = limit(Kind.NUMBER, subscription, Key.SUBSCRIPTION_ATTEMPTS_MAX);
        return limit.isPresent() ? (int) limit.getAsLong() : null;
    }

    private @Nullable Duration giveUpAfter(String subscription) {
        OptionalLong limit = limit(Kind.DURATION, subscription, Key.SUBSCRIPTION_GIVE_UP_AFTER);
        return limit.isPresent() ? Duration.ofMillis(limit.getAsLong()) : null;
    }

    private OptionalLong limit(Kind kind, String subscription, Key key) {
        String name = nameOf(subscription, key);
        return bounds(key).readLimit(kind, name, textOf(name, key), key.defaultValue(), faults::add);
    }

    private String nameOf(String subscription, Key key) {
        String own = key.keyNameFor(subscription);
        return raw(own).isPresent() ? own : key.keyName();
    }

    private long numberFor(String subscription, Key key) {
        return read(Kind.NUMBER, nameOf(subscription, key), key);
    }

    private <E extends Enum<E>> E choice(String name, Key key, Class<E> type) {
        String text = textOf(name, key);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
                return constant;
            }
        }
        faults.add(name + " is '" + text + "', expected one of: " + key.allowed());
        return Enum.valueOf(type, key.defaultValue().toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private Duration durationFor(String subscription, Key key) {
        return duration(nameOf(subscription, key), key);
    }

    private Duration duration(String name, Key key) {
        return Duration.ofMillis(read(Kind.DURATION, name, key));
    }

    private long read(Kind kind, String name, Key key) {
        return bounds(key).read(kind, name, textOf(name, key), key.defaultValue(), faults::add);
    }

    private static Bounds bounds(Key key) {
        return key.bounds().orElseThrow(() -> new IllegalArgumentException(key + " has no bounds"));
    }

    private String textOf(String name, Key key) {
        return raw(name).orElse(key.defaultValue());
    }

    /** The value, be it under the name that the key had before. */
    private Optional<String> raw(String name) {
        Optional<String> value = meant(name);
        Optional<FormerKeys.Former> former = FormerKeys.of(name);
        Optional<String> before = former.flatMap(key -> meant(key.was()).map(key::today));
        if (former.isEmpty() || before.isEmpty()) {
            return value;
        }
        String was = former.get().was();
        boolean contradicts = value.isPresent() && !Quantity.same(value.get(), before.get());
        if (told.add(was)) {
            if (contradicts) {
                faults.add("'" + was + "' and '" + name + "', which is its name now, have different values: set only '"
                        + name + "'");
            } else {
                log.accept("the configuration has '" + was + "', which is called '" + name
                        + "' now; it counts until a later release: rename it");
            }
        }
        return value.isPresent() ? value : before;
    }

    /** A value, and who said so. */
    record Said(String value, Setting.Source source) {}

    /** A configuration source, as it is told. */
    private record Source(String name, int ordinal) implements Setting.Source {}

    /** The value under this name, be it the former one, with who said so; empty: nobody did. */
    Optional<Said> said(String name) {
        return raw(name).map(value -> {
            Optional<String> before = FormerKeys.of(name).map(FormerKeys.Former::was);
            ConfigValue found = config.getConfigValue(meant(name).isPresent() ? name : before.orElse(name));
            String source = found.getSourceName();
            return new Said(
                    value,
                    new Source(
                            source == null ? "a source without a name" : SettingsTold.shown(source),
                            found.getSourceOrdinal()));
        });
    }

    /** The value under this name; what Kubernetes tells of a service whose name begins with ours is none. */
    private Optional<String> meant(String name) {
        return set(name).filter(value -> !EnvironmentNames.isOfAService(EnvironmentNames.capitals(name), value));
    }

    private Optional<String> set(String name) {
        return config.getOptionalValue(name, String.class).map(String::strip).filter(value -> !value.isEmpty());
    }
}
