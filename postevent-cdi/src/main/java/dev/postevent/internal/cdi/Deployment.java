package dev.postevent.internal.cdi;

import dev.postevent.EventPublisher;
import dev.postevent.PosteventException;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.internal.config.ConfigFaults;
import dev.postevent.internal.config.Key;
import dev.postevent.internal.config.Settings;
import dev.postevent.internal.health.Disclosure;
import dev.postevent.internal.health.Pulse;
import dev.postevent.internal.health.UntoldFaults;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/**
 * The life of postevent in one application: configured when the deployment is validated, started with the application, stopped
 * with it. If the database is away at start, the application starts all the same and this goes on trying.
 */
final class Deployment implements Pulse {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final long RETRY_MILLIS = 2_000;

    private final Plan plan;
    private final Transports transports;
    private final Telemetry telemetry = new Telemetry();
    private final Object life = new Object();
    private @Nullable Publishing publishing;
    private @Nullable Stages stages;
    private @Nullable FaultWatch watch;
    private boolean starting;
    private boolean started;
    private boolean stopped;
    private volatile @Nullable String startFault;

    private Deployment(Plan plan, Transports transports) {
        this.plan = plan;
        this.transports = transports;
    }

    /**
     * Reads the configuration and finds what the server must have; whatever is wrong is added to {@code faults}.
     *
     * @param publishedTopics topics of injected publishers and events
     */
    static Deployment configure(
            List<TopicObserver> observers,
            Collection<TopicName> publishedTopics,
            CurrentDelivery delivery,
            Container container,
            List<String> faults) {
        ConfigFaults configFaults = new ConfigFaults();
        Settings settings = new Settings(OwnModule.config(), configFaults);
        Transports transports = Transports.find();
        Set<TopicName> named = settings.topics();
        Set<TopicName> topics = new TreeSet<>(named);
        topics.addAll(settings.topicsWithRemote());
        topics.addAll(publishedTopics);
        List<String> names = new ArrayList<>();
        for (TopicObserver observer : observers) {
            topics.add(observer.topic());
            if (observer.durable()) {
                names.add(observer.name());
            }
        }
        settings.refuseUnknownKeys(names, transports.keyNames());
        Map<TopicName, RemoteTopic> remotes = new TreeMap<>();
        topics.forEach(
                topic -> settings.remote(topic, transports.schemes()).ifPresent(remote -> remotes.put(topic, remote)));
        Set<TopicName> own = new TreeSet<>(publishedTopics);
        observers.forEach(observer -> own.add(observer.topic()));
        own.removeAll(remotes.keySet());
        settings.refuseOtherTopics(named, own);
        for (TopicName topic : publishedTopics) {
            if (remotes.containsKey(topic)) {
                configFaults.add("a publisher of topic " + topic + " is injected, but "
                        + Key.TOPIC_REMOTE.keyNameFor(topic)
                        + " says that the topic is another application's; events are"
                        + " published where the topic is. Give one of the two another name here");
            }
        }
        Resources resources = resources(container.beans());
        String application = application(settings, resources, configFaults);
        String dataSource = settings.given(Key.DATASOURCE).orElse("");
        if (!topics.isEmpty()) {
            if (resources instanceof JndiResources jndi) {
                jndi.findForAll();
            }
            mustHaveThreads(resources, settings, configFaults);
            if (dataSource.isEmpty()) {
                configFaults.add(Key.DATASOURCE.keyName()
                        + " is not set; it has to be the JNDI name of the JTA data source that the application publishes"
                        + " through, e.g. jdbc/app");
            } else {
                mustHave(resources, dataSource, Key.DATASOURCE, configFaults);
            }
            settings.given(Key.INBOX_DATASOURCE)
                    .ifPresent(name -> mustHave(resources, name, Key.INBOX_DATASOURCE, configFaults));
        }
        Map<Transport, Transport.Configured> configured = new LinkedHashMap<>();
        for (Transport transport : transports.all()) {
            configured.put(transport, configure(transport, settings, topics, remotes, configFaults));
        }
        Set<TopicName> meant = new TreeSet<>(named);
        meant.addAll(publishedTopics);
        Plan plan = new Plan(
                settings,
                resources,
                application,
                dataSource,
                new Plan.Topics(topics, meant, remotes, configured),
                observers,
                delivery,
                container);
        plan.checkAll();
        faults.addAll(configFaults.all());
        return new Deployment(plan, transports);
    }

    private static Transport.Configured configure(
            Transport transport,
            Settings settings,
            Set<TopicName> topics,
            Map<TopicName, RemoteTopic> remotes,
            ConfigFaults faults) {
        Set<TopicName> local = new TreeSet<>(topics);
        local.removeAll(remotes.keySet());
        return transport.configure(
                new TransportSetup(
                        settings::other,
                        local,
                        remotes.values().stream()
                                .filter(remote -> transport.schemes().contains(remote.scheme()))
                                .toList()),
                faults::add);
    }

    private static Resources resources(BeanManager beans) {
        Instance<Resources> own = beans.createInstance().select(Resources.class);
        return own.isResolvable() ? own.get() : new JndiResources();
    }

    private static void mustHave(Resources resources, String name, Key key, ConfigFaults faults) {
        try {
            resources.dataSource(name);
        } catch (PosteventException e) {
            faults.add(key.keyName() + " is '" + name + "': " + e.getMessage());
        }
    }

    private static void mustHaveThreads(Resources resources, Settings settings, ConfigFaults faults) {
        String name = settings.text(Key.THREAD_FACTORY).orElseThrow();
        try {
            resources.threadFactory(name);
        } catch (PosteventException e) {
            faults.add(Key.THREAD_FACTORY.keyName() + " is '" + name + "': " + e.getMessage());
        }
    }

    @SuppressWarnings("BanJNDI") // a constant name
    private static String application(Settings settings, Resources resources, ConfigFaults faults) {
        String name = settings.given(Key.APPLICATION).orElse(null);
        if (name == null && OwnModule.isUnseenByTheDeployer()) {
            faults.add(Key.APPLICATION.keyName()
                    + " is not set. This library is in a module of an EAR, other modules may have"
                    + " it, too, and each is an application of its own then: set it in the configuration of this module,"
                    + " e.g. META-INF/microprofile-config.properties of the WAR");
            return "unknown";
        }
        if (name == null && resources instanceof JndiResources) {
            try {
                name = InitialContext.<String>doLookup("java:app/AppName")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9_]", "_");
            } catch (NamingException e) {
                LOG.log(Level.DEBUG, "no java:app/AppName", e);
            }
        }
        if (name == null) {
            faults.add(Key.APPLICATION.keyName() + " is not set, and the server does not tell the application's name");
            return "unknown";
        }
        if (!name.matches("[a-z][a-z0-9_]{0,39}")) {
            faults.add(Key.APPLICATION.keyName() + " is '" + name
                    + "', expected 1 to 40 of a-z, 0-9, _, beginning with a letter");
            return "unknown";
        }
        return name;
    }

    /** Starts, in the context of the calling thread; where the database is away, tries again in the background. */
    void start() {
        synchronized (life) {
            if (stopped || plan.isIdle()) {
                return;
            }
            if (stages == null) {
                telemetry.begin(plan.container()::find, plan.application());
                Stages made = new Stages(plan, publishing(), telemetry);
                stages = made;
                telemetry.observe(new NodeReadings(plan, made, subscriptions()), made.threads());
                watch(made);
            }
        }
        tryStart();
    }

    private void watch(Stages made) {
        if (!plan.disclosure().tellsFaults()) {
            FaultWatch begun = new FaultWatch(
                    this::faults,
                    new UntoldFaults(plan.application()),
                    made.threads().pool(1));
            begun.begin(made.threads().timer());
            watch = begun;
        }
    }

    private List<String> faults() {
        List<String> all = new ArrayList<>(subscriptions().report().faults());
        String dead = dead();
        if (dead != null) {
            all.add(dead);
        }
        return all;
    }

    /** Not under the lock: a database that does not answer must not hold up {@link #stop}. */
    private void tryStart() {
        Stages built;
        synchronized (life) {
            built = stages;
            if (built == null || stopped || started || starting) {
                return;
            }
            starting = true;
        }
        boolean done = false;
        try {
            built.start();
            done = true;
            startFault = null;
        } catch (RuntimeException | Error e) {
            failed(e);
            LostConnection.retireThread(e);
        }
        boolean overtaken;
        synchronized (life) {
            starting = false;
            started = done;
            overtaken = stopped;
        }
        if (overtaken) {
            built.stopBegunSince();
        } else if (done) {
            LOG.log(
                    Level.INFO,
                    "postevent " + plan.application() + " started as node " + plan.node() + ", topics " + plan.topics()
                            + ", subscriptions " + plan.subscriptionNames());
        } else {
            retry(built);
        }
    }

    private void failed(Throwable e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        if (isStopped()) {
            LOG.log(Level.DEBUG, "stopped while starting", e);
        } else if (!text.equals(startFault)) {
            LOG.log(Level.ERROR, "postevent could not start, will try again: " + text, Transient.is(e) ? null : e);
        }
        startFault = text;
    }

    private boolean isStopped() {
        synchronized (life) {
            return stopped;
        }
    }

    private void retry(Stages built) {
        try {
            ScheduledFuture<?> unused =
                    built.threads().timer().schedule(this::tryStart, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the timer takes nothing more because we are being stopped
            LOG.log(Level.DEBUG, "stopped while starting", e);
        }
    }

    /** Stops; may be called twice, and before or during {@link #start}. */
    void stop() {
        Stages built;
        Publishing made;
        synchronized (life) {
            if (stopped) {
                return;
            }
            stopped = true;
            built = stages;
            made = publishing;
            if (watch != null) {
                watch.end();
            }
        }
        if (built != null) {
            built.stop();
            LOG.log(Level.INFO, "postevent " + plan.application() + " stopped");
        }
        telemetry.close();
        if (made != null) {
            made.close();
        }
    }

    EventPublisher publisher(String topic) {
        TopicName name = new TopicName(topic);
        RemoteTopic remote = plan.remotes().get(name);
        if (remote != null) {
            throw new PosteventException(
                    "PSTEV20013",
                    "publishing to topic " + topic + ": it is another application's (" + remote
                            + "); events are published where the topic is");
        }
        Publishing made = publishing();
        return new TopicPublisher(name, made.outbox(), made.tables(), made.payloads(), telemetry);
    }

    Payloads payloads() {
        return publishing().payloads();
    }

    Subscriptions subscriptions() {
        return new OperatedSubscriptions(plan, transports, this::stages, this::notStarted);
    }

    /** Why it has not started; null: it has, or there is nothing to start. */
    private @Nullable String notStarted() {
        synchronized (life) {
            if (started || plan.isIdle()) {
                return null;
            }
        }
        String fault = startFault;
        return fault == null
                ? "starting: postevent starts with the application, and has not finished yet"
                : "not started: " + fault;
    }

    /** Whatever else starts with the application may publish before our own start. */
    private Publishing publishing() {
        synchronized (life) {
            Publishing made = publishing;
            if (made == null) {
                made = new Publishing(plan, telemetry);
                publishing = made;
            }
            return made;
        }
    }

    /** Null before the start: whoever asks then is not where they may be made. */
    private @Nullable Stages stages() {
        synchronized (life) {
            return stages;
        }
    }

    @Override
    public String application() {
        return plan.application();
    }

    @Override
    public String node() {
        return plan.node();
    }

    @Override
    public Disclosure disclosure() {
        return plan.disclosure();
    }

    @Override
    public boolean isReady(StatusReport report) {
        return plan.readyRule().isReady(report);
    }

    @Override
    public @Nullable String dead() {
        synchronized (life) {
            Stages built = stages;
            return built == null || !started || stopped ? null : built.dead();
        }
    }
}
