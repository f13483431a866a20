package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.ManyObservers;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * P18: what somebody who looks costs. A console asks for the state of everything, and for the cause of each subscription, every two seconds,
 * however many look.
 */
final class Watched implements Scenario {
    private static final int TOPICS = 100;
    private static final int SUBSCRIPTIONS = 200;
    private static final long EVERY_MILLIS = 2_000;
    private static final String ALONE = "% of a core, nobody looks";
    private static final String LOOKED_AT = "% of a core, a console is open";

    @Override
    public List<String> ids() {
        return List.of("P18");
    }

    @Override
    public String title() {
        return "a console open, " + SUBSCRIPTIONS + " subscriptions of " + TOPICS + " topics, idle";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        Size size = ring.size();
        Arena arena = ring.arena();
        // a smoke test asks whether it is right, which ten say as well
        int topics = size == Size.SMOKE ? 5 : TOPICS;
        int subscriptions = size == Size.SMOKE ? 10 : SUBSCRIPTIONS;
        long millis = size.millis(30_000);
        ManyObservers many = new ManyObservers(Template.class, subscriptions, topics);
        PostgresFixture.Db db = arena.database();
        try (App app = App.over(db)
                .with("postevent.schema", "create")
                .with("postevent.topics.names", many.topicNames())
                .extension(many)
                .start()) {
            Subscriptions door = app.get(Subscriptions.class);
            await().atMost(Node.LIMIT)
                    .ignoreExceptions()
                    .until(() -> door.report().subscriptions().stream()
                                    .filter(one -> !one.owners().isEmpty())
                                    .count()
                            == subscriptions);
            Contest contest = ring.contest()
                    .contender(ALONE, () -> idle(arena, millis, () -> {}))
                    .contender(LOOKED_AT, () -> idle(arena, millis, () -> look(door, subscriptions)))
                    .run(size.warmUps(2), size.runs());
            return Outcome.of(
                    contest,
                    Verdict.atMost(
                            "P18",
                            "CPU of application and database more than with nobody who looks",
                            contest.median(LOOKED_AT) - contest.median(ALONE),
                            2,
                            "% of a core"));
        } finally {
            arena.drop(db);
        }
    }

    /** As the console does it. */
    private static void look(Subscriptions door, int expected) {
        List<Subscriptions.Status> all = door.report().subscriptions();
        if (all.size() != expected) {
            throw new WrongException(all.size() + " subscriptions are told, not " + expected);
        }
        all.forEach(status -> {
            if (door.explain(status).sentence().isEmpty()) {
                throw new WrongException("no cause is told of " + status.name());
            }
        });
    }

    private static Sample idle(Arena arena, long millis, Runnable look) throws InterruptedException {
        Meter meter = arena.meter();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < end) {
            look.run();
            TimeUnit.MILLISECONDS.sleep(Math.min(EVERY_MILLIS, millis)); // what is measured
        }
        Sample sample = meter.sample(0);
        double percent = (sample.jvmCpu() + sample.databaseCpu()) / sample.seconds() * 100;
        return new Sample(percent, sample.seconds(), sample.jvmCpu(), sample.databaseCpu(), sample.load(), Map.of());
    }

    /** What each of the many subscriptions is made of. */
    @ApplicationScoped
    public static class Template {
        @Subscription("template")
        public void seen(@Observes @Topic("template") CloudEvent event) {}
    }
}
