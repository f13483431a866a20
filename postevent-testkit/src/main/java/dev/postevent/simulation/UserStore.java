package dev.postevent.simulation;

import dev.postevent.Delivery;
import dev.postevent.internal.cdi.SimulatedDelivery;
import dev.postevent.testkit.Effects;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A table of keys and values with row locks and transactions, and what happened outside. */
final class UserStore {
    private final Map<String, String> committed = new TreeMap<>();
    private final Map<String, String> flushed = new TreeMap<>();
    private final Outside outside = new Outside();
    /** Of calls that came to nothing where nothing happens: it may have happened. */
    private final Outside perhaps = new Outside();

    private final Map<String, Transaction> locks = new HashMap<>();
    private final IdentityHashMap<Transaction, Map<String, String>> uncommitted = new IdentityHashMap<>();

    /** What no rollback takes back. */
    private static final class Outside {
        final List<String> each = new ArrayList<>();
        final Map<String, String> byId = new TreeMap<>();

        void add(Outside more) {
            each.addAll(more.each);
            more.byId.forEach(byId::putIfAbsent);
        }
    }

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

    private static String changed(String key, Function<@Nullable String, String> change, @Nullable String before) {
        return Objects.requireNonNull(change.apply(before), () -> "the new value of '" + key + "' is null");
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
                Objects.requireNonNull(key, "key");
                return value(statement("get"), key);
            }

            private @Nullable String value(Transaction transaction, String key) {
                String changed = uncommitted.getOrDefault(transaction, Map.of()).get(key);
                return changed == null ? committed.get(key) : changed;
            }

            @Override
            public void put(String key, String value) throws SQLException {
                Objects.requireNonNull(key, "key");
                Objects.requireNonNull(value, "value");
                lock(statement("put"), key).put(key, value);
            }

            @Override
            public void update(String key, Function<@Nullable String, String> change) throws SQLException {
                Objects.requireNonNull(key, "key");
                Transaction transaction = statement("update");
                Map<String, String> changes = lock(transaction, key);
                changes.put(key, changed(key, change, value(transaction, key)));
            }

            @Override
            public void outside(String what) {
                Objects.requireNonNull(what, "what");
                process.checkAlive();
                outside.each.add(what);
            }

            @Override
            public void outside(String id, String what) {
                Objects.requireNonNull(id, "id");
                Objects.requireNonNull(what, "what");
                process.checkAlive();
                outside.byId.putIfAbsent(id, what);
            }

            @Override
            public Delivery delivery() {
                return SimulatedDelivery.injected();
            }
        };
    }

    /** Where nothing happens. */
    Calm calm() {
        return new Calm();
    }

    /** One transaction after the other, each of one event. */
    final class Calm implements Effects {
        private final Map<String, String> changes = new TreeMap<>();
        private Outside happening = new Outside();

        void commit() {
            committed.putAll(changes);
            outside.add(happening);
            forget();
        }

        /** What happened outside is not taken back; it may as well not have happened, by a fault at the right time. */
        void rollback() {
            perhaps.add(happening);
            forget();
        }

        private void forget() {
            changes.clear();
            happening = new Outside();
        }

        @Override
        public @Nullable String get(String key) {
            Objects.requireNonNull(key, "key");
            return changes.getOrDefault(key, committed.get(key));
        }

        @Override
        public void put(String key, String value) {
            changes.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
        }

        @Override
        public void update(String key, Function<@Nullable String, String> change) {
            changes.put(key, changed(key, change, get(key)));
        }

        @Override
        public void outside(String what) {
            happening.each.add(Objects.requireNonNull(what, "what"));
        }

        @Override
        public void outside(String id, String what) {
            happening.byId.putIfAbsent(Objects.requireNonNull(id, "id"), Objects.requireNonNull(what, "what"));
        }

        @Override
        public Delivery delivery() {
            return SimulatedDelivery.injected();
        }
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
        List<String> left = new ArrayList<>(outside.each);
        for (String what : right.outside.each) {
            if (!left.remove(what)) {
                return "outside, '" + what + "' did not happen";
            }
        }
        right.perhaps.each.forEach(left::remove);
        if (!left.isEmpty()) {
            return "outside, '" + left.get(0)
                    + "' happened more often than once for its event. Where that does no harm,"
                    + " say so: outside(id, what) is for what knows by an id that it has happened";
        }
        return differenceById(right);
    }

    private @Nullable String differenceById(UserStore right) {
        TreeSet<String> ids = new TreeSet<>(outside.byId.keySet());
        ids.addAll(right.outside.byId.keySet());
        for (String id : ids) {
            String is = outside.byId.get(id);
            String shouldBe = right.outside.byId.get(id);
            String couldBe = right.perhaps.byId.get(id);
            if (shouldBe == null
                    ? is != null && !is.equals(couldBe)
                    : is == null || !(is.equals(shouldBe) || is.equals(couldBe))) {
                return "outside, what happened with the id '" + id + "' is " + quoted(is) + ", and is "
                        + quoted(shouldBe) + " where each event is handled once, in position order";
            }
        }
        return null;
    }

    private static String quoted(@Nullable String value) {
        return value == null ? "missing" : "'" + value + "'";
    }
}
