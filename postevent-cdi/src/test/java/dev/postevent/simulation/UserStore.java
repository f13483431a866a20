package dev.postevent.simulation;

import dev.postevent.testkit.Effects;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A table of keys and values with row locks and transactions, and a list of what happened outside. */
final class UserStore {
    private final Map<String, String> committed = new TreeMap<>();
    private final Map<String, String> flushed = new TreeMap<>();
    private final List<String> outside = new ArrayList<>();
    private final Map<String, Transaction> locks = new HashMap<>();
    private final Map<Transaction, Map<String, String>> uncommitted = new IdentityHashMap<>();

    /** What is committed by now is durable. */
    void flush() {
        flushed.clear();
        flushed.putAll(committed);
    }

    /** What was committed after the flush is gone; what happened outside is not. */
    void loseUnflushed() {
        committed.clear();
        committed.putAll(flushed);
    }

    /** As a transaction under way sees it. */
    Effects in(World world, Process process) {
        return new Effects() {
            private Transaction statement(String what) throws SQLException {
                Transaction transaction = process.transaction();
                if (transaction == null || transaction.isBroken()) {
                    throw new Broken("this connection has been closed", "08003");
                }
                try {
                    world.statement(process, what);
                } catch (SQLException e) {
                    transaction.setRollbackOnly();
                    throw e;
                }
                if (transaction.isBroken()) {
                    // ended meanwhile, by its server: what it locked now nobody would unlock
                    throw new Broken("this connection has been closed", "08003");
                }
                return transaction;
            }

            private Map<String, String> lock(Transaction transaction, String key) throws SQLException {
                Transaction owner = locks.get(key);
                if (owner != null && owner != transaction) {
                    // who would wait fails instead: the owner cannot go on before
                    transaction.setRollbackOnly();
                    throw new Broken("canceling statement due to lock timeout", "55P03");
                }
                if (owner == null) {
                    locks.put(key, transaction);
                    transaction.unlock(() -> locks.remove(key));
                }
                return uncommitted.computeIfAbsent(transaction, any -> {
                    Map<String, String> changes = new TreeMap<>();
                    transaction.change(() -> committed.putAll(changes));
                    transaction.unlock(() -> uncommitted.remove(transaction));
                    return changes;
                });
            }

            @Override
            public @Nullable String get(String key) throws SQLException {
                return value(statement("get"), key);
            }

            private @Nullable String value(Transaction transaction, String key) {
                String changed = uncommitted.getOrDefault(transaction, Map.of()).get(key);
                return changed == null ? committed.get(key) : changed;
            }

            @Override
            public void put(String key, String value) throws SQLException {
                lock(statement("put"), key).put(key, value);
            }

            @Override
            public void update(String key, UnaryOperator<String> change) throws SQLException {
                Transaction transaction = statement("update");
                Map<String, String> changes = lock(transaction, key);
                String before = value(transaction, key);
                changes.put(key, change.apply(before == null ? "" : before));
            }

            @Override
            public void outside(String what) {
                process.checkAlive();
                outside.add(what);
            }
        };
    }

    /** Where nothing happens. */
    Effects calm() {
        return new Effects() {
            @Override
            public @Nullable String get(String key) {
                return committed.get(key);
            }

            @Override
            public void put(String key, String value) {
                committed.put(key, value);
            }

            @Override
            public void update(String key, UnaryOperator<String> change) {
                committed.put(key, change.apply(committed.getOrDefault(key, "")));
            }

            @Override
            public void outside(String what) {
                outside.add(what);
            }
        };
    }

    /** The first difference from what should be; null: none. */
    @Nullable
    String differenceFrom(UserStore right) {
        TreeSet<String> keys = new TreeSet<>(committed.keySet());
        keys.addAll(right.committed.keySet());
        for (String key : keys) {
            String is = committed.get(key);
            String shouldBe = right.committed.get(key);
            if (is == null || !is.equals(shouldBe)) {
                return "'" + key + "' is " + quoted(is) + ", and is " + quoted(shouldBe)
                        + " where each event is handled once, in position order";
            }
        }
        List<String> left = new ArrayList<>(outside);
        for (String what : right.outside) {
            if (!left.remove(what)) {
                return "outside, '" + what + "' did not happen";
            }
        }
        return left.isEmpty() ? null : "outside, '" + left.get(0) + "' happened more often than once for its event";
    }

    private static String quoted(@Nullable String value) {
        return value == null ? "missing" : "'" + value + "'";
    }
}
