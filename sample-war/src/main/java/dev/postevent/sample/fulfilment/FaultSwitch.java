package dev.postevent.sample.fulfilment;

import dev.postevent.sample.ShopDatabase;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes observers fail or slow, to watch what happens. Kept in the database: a fault outlives the server, and every node has it.
 */
@ApplicationScoped
public class FaultSwitch {
    private static final String ALL = "select subscription, fail_for, slow_millis from demo.fault";
    private static final String SET = """
            insert into demo.fault (subscription, fail_for, slow_millis) values (?, ?, ?)
            on conflict (subscription) do update set fail_for = excluded.fail_for, slow_millis = excluded.slow_millis
            """;
    private static final String HEAL = "delete from demo.fault where subscription = ?";
    /** How long a change made on another node may go unnoticed here. */
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    @Inject
    ShopDatabase database;

    private volatile @Nullable Snapshot snapshot;
    private final AtomicLong changes = new AtomicLong();

    private record Snapshot(Map<String, Fault> faults, long readAtNanos) {}

    /** Throws, or takes its time, if the switch says so. */
    void strike(String subscription, CloudEvent event) throws SQLException {
        Fault fault = current().getOrDefault(subscription, Fault.NONE);
        if (fault.slowMillis() != null && fault.slowMillis() > 0) {
            takeTime(fault.slowMillis());
        }
        if (fault.failFor() != null && fault.failFor().equals(event.getSubject())) {
            throw new IllegalStateException(subscription + " is switched to fail for customer " + event.getSubject());
        }
    }

    /** What is wrong with each observer; those without a fault are missing. */
    public Map<String, Fault> all() throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(ALL);
                ResultSet row = statement.executeQuery()) {
            Map<String, Fault> faults = new HashMap<>();
            while (row.next()) {
                faults.put(row.getString(1), new Fault(row.getString(2), row.getInt(3)));
            }
            return Map.copyOf(faults);
        }
    }

    /** From now on it is wrong like this. */
    public void set(String subscription, @Nullable String failFor, int slowMillis) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(SET)) {
            statement.setString(1, subscription);
            statement.setString(2, failFor);
            statement.setInt(3, slowMillis);
            statement.executeUpdate();
        }
        forget();
    }

    /** From now on nothing is wrong. */
    public void heal(String subscription) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(HEAL)) {
            statement.setString(1, subscription);
            statement.executeUpdate();
        }
        forget();
    }

    private Map<String, Fault> current() throws SQLException {
        Snapshot known = snapshot;
        if (known == null || System.nanoTime() - known.readAtNanos() > FRESH_NANOS) {
            long before = changes.get();
            known = new Snapshot(all(), System.nanoTime());
            keep(known, before);
        }
        return known.faults();
    }

    /** What was read while somebody changed it is not kept: once a change has returned, it holds. */
    private synchronized void keep(Snapshot read, long before) {
        if (changes.get() == before) {
            snapshot = read;
        }
    }

    private synchronized void forget() {
        changes.incrementAndGet();
        snapshot = null;
    }

    private static void takeTime(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while being slow", e);
        }
    }
}
