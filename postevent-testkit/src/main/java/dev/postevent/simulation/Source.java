package dev.postevent.simulation;

import dev.postevent.internal.feed.Snapshot;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The publisher's database: sequence, table, WAL, locks; and those who publish.
 *
 * <p>Longer than most: what one transaction does shows in all of these, at moments of their own.
 */
final class Source {
    private static final String VOID = "urn:postevent:void";

    private final World world;
    /** By position - 1: what stands there, committed and visible. */
    private final List<@Nullable LogEntry> rows = new ArrayList<>();
    /** By position: inserted, and not yet to be seen. */
    private final TreeMap<Long, Tx> pending = new TreeMap<>();
    /** By commit, which is how a feed sees it. */
    private final List<LogEntry> wal = new ArrayList<>();

    private final Map<String, Tx> transactions = new LinkedHashMap<>();
    /** Where in the WAL what stands. */
    private final IdentityHashMap<LogEntry, Integer> places = new IdentityHashMap<>();

    /** Which table it is: another one once it was made anew. */
    private int table = 1;

    /** Who inserted what. */
    private final IdentityHashMap<LogEntry, Long> writers = new IdentityHashMap<>();

    /** The last transaction that began; soon its lower half begins anew. */
    private long lastTransaction;

    private final Map<String, Tx> subjectLocks = new HashMap<>();
    private long drawn;
    private long settled;
    private int serverStart = 1;

    /** What is visible and would not survive a restart, in the order of the WAL. */
    private final List<LogEntry> unflushed = new ArrayList<>();

    private long drawnFlushed;
    private long lsn;
    private long flushedLsn;
    private int numbers;
    private int ids;
    private boolean held;
    private boolean closed;

    /** A publisher's transaction. */
    static final class Tx {
        final long number;
        String name;
        final List<LogEntry> inserted = new ArrayList<>();
        final List<String> locks = new ArrayList<>();
        boolean holdsTable;
        boolean prepared;
        boolean committed;
        boolean over;

        Tx(long number, String name) {
            this.number = number;
            this.name = name;
        }
    }

    Source(World world) {
        this.world = world;
        this.lastTransaction = (3L << 32) - world.random.nextInt(100);
    }

    void begin() {
        for (int i = 0; i < world.scenario.actors().publishers(); i++) {
            new Publisher(world, this, i).begin();
        }
    }

    Tx open() {
        Tx tx = new Tx(++lastTransaction, "3/" + ++numbers);
        transactions.put(tx.name, tx);
        return tx;
    }

    boolean lock(Tx tx, String subject) {
        Tx owner = subjectLocks.putIfAbsent(subject, tx);
        if (owner == null) {
            tx.locks.add(subject);
        }
        return owner == null || owner == tx;
    }

    /** The insert's own lock comes before its number. */
    void holdTable(Tx tx) {
        tx.holdsTable = true;
    }

    long draw() {
        return ++drawn;
    }

    int nextId() {
        return ++ids;
    }

    boolean isClosed() {
        return closed || ids >= world.scenario.actors().published();
    }

    /** Nobody opens a transaction any more. */
    void close() {
        closed = true;
    }

    /** Transactions that are open stay open. */
    void hold(boolean on) {
        held = on;
    }

    boolean isHeld() {
        return held;
    }

    /** Nothing is open that will go on by itself. */
    boolean isQuiet() {
        for (Tx tx : transactions.values()) {
            if (!held || tx.committed || tx.inserted.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Returns false if the position is taken. */
    boolean insert(Tx tx, LogEntry entry) {
        if (row(entry.position()) != null) {
            return false;
        }
        tx.inserted.add(entry);
        writers.put(entry, tx.number);
        pending.put(entry.position(), tx);
        return true;
    }

    /** Durable, and on its way to the feed; others see it, and the locks go, a moment later. */
    void commit(Tx tx) {
        tx.committed = true;
        lsn++;
        flush();
        for (LogEntry entry : tx.inserted) {
            write(entry);
            world.checker.committed(entry);
        }
        world.feed.wake();
    }

    /** Visible at once, durable later. */
    void commitUnflushed(Tx tx) {
        lsn++;
        unflushed.addAll(tx.inserted);
        show(tx);
        flushLater();
    }

    private void flushLater() {
        World.Event unused =
                world.after(world.random.nextLong(600 * World.MILLIS), null, World.Kind.WORLD, "flush", this::flush);
    }

    /** A commit that waits for its own WAL has all before it flushed, too. */
    void flush() {
        for (LogEntry entry : unflushed) {
            write(entry);
            if (!entry.isVoid()) {
                world.checker.committed(entry);
            }
        }
        boolean any = !unflushed.isEmpty();
        unflushed.clear();
        flushedLsn = lsn;
        drawnFlushed = drawn;
        if (any) {
            world.feed.wake();
        }
    }

    private void write(LogEntry entry) {
        places.put(entry, wal.size());
        wal.add(entry);
    }

    /** Its table is dropped and made anew: the WAL stays. */
    void remake() {
        flush();
        for (Tx tx : List.copyOf(transactions.values())) {
            rollback(tx);
        }
        rows.clear();
        drawn = 0;
        drawnFlushed = 0;
        settled = 0;
        table++;
        world.note("table remade", table, wal.size());
    }

    private void loseUnflushed() {
        for (LogEntry entry : unflushed) {
            world.note("lost in the crash", entry.position(), 0);
            rows.set((int) entry.position() - 1, null);
        }
        while (!rows.isEmpty() && rows.get(rows.size() - 1) == null) {
            rows.remove(rows.size() - 1);
        }
        unflushed.clear();
        drawn = drawnFlushed;
        flushedLsn = lsn;
    }

    void show(Tx tx) {
        for (LogEntry entry : tx.inserted) {
            put(entry);
        }
        release(tx);
    }

    void rollback(Tx tx) {
        release(tx);
    }

    private void release(Tx tx) {
        tx.over = true;
        for (LogEntry entry : tx.inserted) {
            pending.remove(entry.position());
        }
        tx.locks.forEach(subjectLocks::remove);
        transactions.remove(tx.name);
    }

    /** Dies and comes back. */
    void restart() {
        world.note("source restarts", serverStart, 0);
        serverStart++;
        loseUnflushed();
        drawn += world.random.nextInt(4) == 0 ? world.random.nextInt(33) : 0;
        Map<String, Tx> before = new LinkedHashMap<>(transactions);
        for (Tx tx : before.values()) {
            if (tx.committed) {
                show(tx);
            } else if (tx.prepared) {
                transactions.remove(tx.name);
                tx.name = "-1/" + ++numbers;
                transactions.put(tx.name, tx);
            } else {
                rollback(tx);
            }
        }
        world.feed.breakOff();
    }

    private @Nullable LogEntry row(long position) {
        return position <= rows.size() ? rows.get((int) position - 1) : null;
    }

    private void put(LogEntry entry) {
        while (rows.size() < entry.position()) {
            rows.add(null);
        }
        rows.set((int) entry.position() - 1, entry);
    }

    List<LogEntry> wal() {
        return wal;
    }

    long head() {
        return rows.size();
    }

    int table() {
        return table;
    }

    int place(LogEntry entry) {
        return places.get(entry);
    }

    /** True if it is a row of the table there is now. */
    boolean has(LogEntry entry) {
        return row(entry.position()) == entry;
    }

    /** The lower 32 bits of the transaction that inserted {@code entry}, as the WAL has them. */
    long writer(LogEntry entry) {
        return writers.get(entry) & 0xFFFF_FFFFL;
    }

    /** What a query sees that begins now; or, {@code running} left out, what it would see if nobody were at it. */
    Snapshot snapshot(boolean running) {
        List<Long> open = running
                ? transactions.values().stream().map(tx -> tx.number).sorted().toList()
                : List.of();
        long xmax = lastTransaction + 1;
        return Snapshot.parse((open.isEmpty() ? xmax : open.get(0)) + ":" + xmax + ":"
                + open.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }

    /** What a statement that stores here finds. */
    boolean holds(VisibilityCondition condition) {
        Snapshot now = snapshot(world.scenario.mutant() != Mutant.STORED_UNSEEN);
        return condition.transactions().stream().allMatch(now::shows)
                && condition.tablesSeen().equals(String.valueOf(table()));
    }

    /** True if a query that begins now shows what stands at {@code position}. */
    boolean isVisible(long position) {
        return row(position) != null;
    }

    /** What a query that begins now shows at {@code position}. */
    @Nullable
    LogEntry visibleAt(long position) {
        return row(position);
    }

    /** What stands there for ever: committed, seen or about to be. */
    @Nullable
    LogEntry committedAt(long position) {
        LogEntry row = row(position);
        if (row != null) {
            return unflushed.contains(row) ? null : row;
        }
        Tx tx = pending.get(position);
        if (tx != null && tx.committed) {
            for (LogEntry entry : tx.inserted) {
                if (entry.position() == position) {
                    return entry;
                }
            }
        }
        return null;
    }

    /** A connection of a node. */
    SourceTable session(Process process) {
        int begun = serverStart;
        return new SourceTable() {
            private void statement(String what) throws SQLException {
                world.turn(process, what);
                if (serverStart != begun) {
                    throw new Broken("terminating connection due to administrator command", "57P01");
                }
                if (world.strikes(Fault.STATEMENT, 100)) {
                    world.note("fails", process.number(), 0);
                    throw new Broken("connection lost before " + what, "08006");
                }
            }

            @Override
            public Page page(long after, long through, int rowsMax) throws SQLException {
                statement("page");
                long below = 0;
                for (long position = Math.min(after, rows.size()); position > 0 && below == 0; position--) {
                    below = row(position) == null ? 0 : position;
                }
                Long above = null;
                for (long position = through; position < rows.size() && above == null; position++) {
                    above = row(position + 1) == null ? null : position + 1;
                }
                List<LogEntry> found = new ArrayList<>();
                boolean cut = false;
                for (long position = after + 1; position <= Math.min(through, rows.size()); position++) {
                    LogEntry row = row(position);
                    if (row != null) {
                        cut = found.size() == rowsMax;
                        if (cut) {
                            break;
                        }
                        found.add(row);
                    }
                }
                return new Page(settled, below, above, cut, found);
            }

            @Override
            public Optional<String> guard() throws SQLException {
                statement("guard");
                return Optional.empty();
            }

            @Override
            public Bound bound() throws SQLException {
                statement("bound");
                return new Bound("start " + serverStart + " of table " + table, rows.size());
            }

            @Override
            public Holders holders() throws SQLException {
                statement("holders");
                Set<String> names = new LinkedHashSet<>();
                for (Tx tx : transactions.values()) {
                    if (tx.holdsTable) {
                        names.add(tx.name);
                    }
                }
                return new Holders("start " + serverStart + " of table " + table, names);
            }

            @Override
            public long[] positions(long after, long through) throws SQLException {
                statement("positions");
                return Source.this.positions(after, through);
            }

            @Override
            public int seal(long[] positions) throws SQLException {
                statement("seal");
                for (long position : positions) {
                    if (row(position) == null && pending.containsKey(position)) {
                        throw new Broken("canceling statement due to lock timeout", "55P03");
                    }
                }
                int sealed = 0;
                for (long position : positions) {
                    if (row(position) == null) {
                        LogEntry voidRow = LogEntry.at(position)
                                .kind('v')
                                .id("void-" + position)
                                .source(VOID)
                                .type("postevent.void")
                                .build();
                        put(voidRow);
                        writers.put(voidRow, ++lastTransaction);
                        unflushed.add(voidRow);
                        world.note("void", position, 0);
                        sealed++;
                    }
                }
                lsn++;
                if (world.strikes(Fault.NOT_FLUSHED, 2)) {
                    flushLater();
                } else {
                    flush();
                }
                if (world.strikes(Fault.COMMIT_UNKNOWN, 60)) {
                    throw new Broken("connection lost at the commit of a seal", "08006");
                }
                return sealed;
            }

            @Override
            public Map<String, String> blockers() throws SQLException {
                statement("blockers");
                Map<String, String> names = new LinkedHashMap<>();
                for (Tx tx : transactions.values()) {
                    if (tx.holdsTable) {
                        names.put(tx.name, "transaction " + tx.name);
                    }
                }
                return names;
            }

            @Override
            public boolean raise(long after, long to) throws SQLException {
                statement("raise");
                if (after <= settled && to > settled) {
                    for (long position = settled + 1; position <= to; position++) {
                        if (row(position) == null) {
                            throw world.broken("I7: settled was raised to " + to + ", but position " + position
                                    + " holds neither event nor void");
                        }
                    }
                    settled = to;
                }
                return true;
            }

            @Override
            public Optional<String> notFlushed() throws SQLException {
                statement("flushed?");
                return flushedLsn >= lsn ? Optional.empty() : Optional.of(String.valueOf(lsn));
            }

            @Override
            public boolean isFlushed(String upTo) throws SQLException {
                statement("flushed?");
                return flushedLsn >= Long.parseLong(upTo);
            }

            @Override
            public void touch() throws SQLException {
                statement("touch");
                lsn++;
                flush();
            }

            @Override
            public long settled() throws SQLException {
                statement("settled");
                return settled;
            }

            @Override
            public long head() throws SQLException {
                statement("head");
                return rows.size();
            }

            @Override
            public Origin origin() throws SQLException {
                statement("origin");
                return Origin.of("7001", 1, 16_400 + table);
            }
        };
    }

    long[] positions(long after, long through) {
        long[] found = new long[(int) Math.max(0, Math.min(through, rows.size()) - after)];
        int count = 0;
        for (long position = after + 1; position <= Math.min(through, rows.size()); position++) {
            if (row(position) != null) {
                found[count++] = position;
            }
        }
        return java.util.Arrays.copyOf(found, count);
    }

    /** Some of those who hold the table. */
    Set<String> names(java.util.function.Predicate<Tx> which) {
        Set<String> names = new LinkedHashSet<>();
        for (Tx tx : transactions.values()) {
            if (tx.holdsTable && which.test(tx)) {
                names.add(tx.name);
            }
        }
        return names;
    }
}
