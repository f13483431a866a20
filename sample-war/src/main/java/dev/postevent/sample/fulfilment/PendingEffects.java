package dev.postevent.sample.fulfilment;

import dev.postevent.sample.ServerObjects;
import dev.postevent.sample.ShopDatabase;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The effects of one transaction, written right before it commits.
 *
 * <p>The running number of an effect is the commit order, so that a reader who has seen number 17 never misses a lower one that
 * commits later. Lanes commit side by side; hence the number is drawn under a lock that is held until the commit, and late, so that
 * the lock is held for a moment only. An observer that needs no such order simply inserts.
 */
final class PendingEffects implements Synchronization {
    private static final String LOCK = "select pg_advisory_xact_lock(hashtext('shop.effect'), hashtext(?))";
    private static final String INSERT = """
            insert into %s (topic, position, event_id, subject, attempt) values (?, ?, ?, ?, ?)
            """;

    private final String table;
    private final Connection connection;
    private final List<Effect> effects = new ArrayList<>();

    private PendingEffects(String table, Connection connection) {
        this.table = table;
        this.connection = connection;
    }

    /** Those of the current transaction for this subscription. */
    static PendingEffects ofTransaction(String subscription, String table, ShopDatabase database) throws SQLException {
        TransactionSynchronizationRegistry registry =
                ServerObjects.lookup("java:comp/TransactionSynchronizationRegistry");
        String key = PendingEffects.class.getName() + ":" + subscription;
        if (registry.getResource(key) instanceof PendingEffects known) {
            return known;
        }
        // the connection is taken now and not before the commit: a connection first taken there is outside the
        // transaction on Payara
        PendingEffects pending = new PendingEffects(table, database.connection());
        registry.putResource(key, pending);
        registry.registerInterposedSynchronization(pending);
        return pending;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    @Override
    public void beforeCompletion() {
        try (PreparedStatement lock = connection.prepareStatement(LOCK);
                PreparedStatement insert = connection.prepareStatement(INSERT.formatted(table))) {
            lock.setString(1, table);
            lock.execute();
            for (Effect effect : effects) {
                insert.setString(1, effect.topic());
                insert.setLong(2, effect.position());
                insert.setString(3, effect.eventId());
                insert.setString(4, effect.subject());
                insert.setInt(5, effect.attempt());
                insert.addBatch();
            }
            insert.executeBatch();
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("writing " + effects.size() + " effects to " + table, e); // rolls back
        }
    }

    @Override
    public void afterCompletion(int status) {
        try {
            connection.close(); // after a rollback; a second close does nothing
        } catch (SQLException e) {
            throw new IllegalStateException("closing the connection of " + table, e);
        }
    }
}
