package dev.postevent.simulation;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.processor.LaneTables;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The consumer's database: messages, mark, origin, and the processor's tables. */
final class InboxDatabase {
    private final World world;
    private final List<@Nullable LogEntry> messages = new ArrayList<>();
    private final List<Transaction> open = new ArrayList<>();
    final LaneTables lanes;
    private long mark;
    private @Nullable Origin origin;
    private long clockAhead;
    private long downUntil;
    private long serverStart = 1;
    private List<@Nullable LogEntry> messagesFlushed = List.of();
    private long markFlushed;
    private @Nullable Origin originFlushed;

    InboxDatabase(World world) {
        this.world = world;
        this.lanes = new LaneTables(world);
    }

    long time() {
        return world.now() + clockAhead;
    }

    void jumpAhead(long nanos) {
        clockAhead += nanos;
    }

    void opened(Transaction transaction) {
        open.removeIf(one -> !one.isOpen());
        open.add(transaction);
    }

    void diedWith(Process process) {
        for (Transaction one : open) {
            if (one.isOpen() && one.process() == process) {
                one.end();
            }
        }
    }

    void goDown(long nanos) {
        downUntil = world.now() + nanos;
        for (Transaction one : open) {
            if (one.isOpen()) {
                one.breakOff();
            }
        }
    }

    /** Is emptied by somebody, while no node runs. */
    void clear() {
        messages.clear();
        mark = 0;
        origin = null;
        lanes.clear();
        flush();
    }

    /** With {@code synchronous_commit=off}: what is committed by now is durable, what comes later may be lost. */
    void flush() {
        messagesFlushed = new ArrayList<>(messages);
        markFlushed = mark;
        originFlushed = origin;
        lanes.flush();
        world.checker.flush();
        UserCode user = world.user;
        if (user != null) {
            user.flush();
        }
    }

    /**
     * Crashes, and comes back with what was flushed. Another start of the server, unless only a process of it was killed, of which
     * the others die.
     */
    void loseUnflushed(long nanos) {
        world.note("inbox loses", mark, markFlushed);
        goDown(nanos);
        serverStart += world.random.nextInt(2);
        messages.clear();
        messages.addAll(messagesFlushed);
        mark = markFlushed;
        origin = originFlushed;
        lanes.loseUnflushed();
        world.checker.loseUnflushed();
        UserCode user = world.user;
        if (user != null) {
            user.loseUnflushed();
        }
    }

    long serverStart() {
        return serverStart;
    }

    boolean isUp() {
        return world.now() >= downUntil;
    }

    void checkUp() throws SQLException {
        if (!isUp()) {
            throw new Broken("the inbox database is away", "08001");
        }
    }

    long mark() {
        return mark;
    }

    boolean has(long position) {
        return at(position) != null;
    }

    @Nullable
    LogEntry stored(long position) {
        return at(position);
    }

    private @Nullable LogEntry at(long position) {
        return position <= messages.size() ? messages.get((int) position - 1) : null;
    }

    private void put(LogEntry entry) {
        while (messages.size() < entry.position()) {
            messages.add(null);
        }
        messages.set((int) entry.position() - 1, entry);
    }

    /** What {@code Inbox.store} asks before it commits. */
    private boolean goesOnFrom(InboxMark known, List<LogEntry> entries, long markNow) {
        if (serverStart != known.serverStart() || mark < known.mark()) {
            return false;
        }
        for (long position = mark + 1; position <= markNow; position++) {
            long wanted = position;
            if (at(position) == null && entries.stream().noneMatch(entry -> entry.position() == wanted)) {
                return false;
            }
        }
        return true;
    }

    /** What {@code Inbox.storeNext} asks in its one statement. */
    private boolean followOn(InboxMark known, List<LogEntry> entries) {
        if (serverStart != known.serverStart() || mark != known.mark()) {
            return false;
        }
        for (int i = 0; i < entries.size(); i++) {
            long position = mark + 1 + i;
            if (entries.get(i).position() != position || at(position) != null) {
                return false;
            }
        }
        return true;
    }

    /** What {@code Inbox.store} does, as one transaction. */
    void apply(List<LogEntry> entries, long markNow) {
        for (LogEntry entry : entries) {
            LogEntry before = at(entry.position());
            if (before != null && !before.sameIdentity(entry)) {
                throw new DivergedSourceException("position " + entry.position() + " is " + entry + ", was " + before);
            }
        }
        for (LogEntry entry : entries) {
            if (at(entry.position()) == null) {
                put(entry);
                world.checker.stored(entry);
            }
        }
        if (markNow > mark) {
            for (long position = mark + 1; position <= markNow; position++) {
                if (at(position) == null) {
                    throw world.broken("I6: the mark moved from " + mark + " to " + markNow + ", but position "
                            + position + " is not in the inbox");
                }
            }
            mark = markNow;
        }
    }

    /** The store of a node's catch-up, which calls it under its lock. */
    InboxWriter store(Process process) {
        return new InboxWriter() {
            @Override
            public InboxMark mark(TopicName topic) {
                return locked(process, "mark?", () -> new InboxMark(mark, serverStart));
            }

            @Override
            public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long markNow) {
                return locked(process, "store", () -> {
                    if (!goesOnFrom(known, entries, markNow)) {
                        return false;
                    }
                    apply(entries, markNow);
                    world.note("stored", entries.size(), markNow);
                    return true;
                });
            }

            @Override
            public boolean storeNext(
                    TopicName topic, List<LogEntry> entries, InboxMark known, VisibilityCondition condition) {
                return world.scenario.inboxAtSource()
                        && locked(process, "store next", () -> {
                            if (!world.source.holds(condition) || !followOn(known, entries)) {
                                return false;
                            }
                            apply(entries, mark + entries.size());
                            world.note("stored", entries.size(), mark);
                            return true;
                        });
            }

            @Override
            public void passGone(TopicName topic, long through) {
                throw new UnsupportedOperationException("nothing is removed at the source");
            }

            @Override
            public @Nullable LogEntry at(TopicName topic, long position) {
                return InboxDatabase.this.at(position);
            }

            @Override
            public Kept kept(TopicName topic, long through) {
                LogEntry last = null;
                for (long position = Math.min(through, messages.size()); position > 0 && last == null; position--) {
                    LogEntry entry = InboxDatabase.this.at(position);
                    last = entry == null || entry.isVoid() ? null : entry;
                }
                return new Kept(true, last, 0, lanes.begun());
            }

            @Override
            public @Nullable Origin origin(TopicName topic) {
                return origin;
            }

            @Override
            public void saveOrigin(TopicName topic, Origin now) {
                Boolean unused = locked(process, "save origin", () -> {
                    origin = now;
                    return true;
                });
            }
        };
    }

    private <T> T locked(Process process, String what, Supplier<T> work) {
        process.lockCatchUp();
        try {
            return transaction(process, what, work);
        } finally {
            process.unlockCatchUp();
        }
    }

    private <T> T transaction(Process process, String what, Supplier<T> work) {
        try {
            world.statement(process, what);
            T result = work.get();
            world.committed(process, what);
            return result;
        } catch (SQLException e) {
            throw new PosteventException("PSTEV33002", what + ": " + e.getMessage(), e);
        }
    }

    /** The inbox as a node's processor reads it. */
    EntrySource entries(Process process) {
        return new EntrySource() {
            @Override
            public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
                int rows = 1 + world.random.nextInt(Math.min(rowsMax, 20));
                return transaction(process, "read", () -> {
                    List<LogEntry> found = new ArrayList<>();
                    for (long position = after + 1; position <= through && found.size() < rows; position++) {
                        LogEntry entry = InboxDatabase.this.at(position);
                        if (entry != null) {
                            found.add(entry);
                        }
                    }
                    return new Page(found, mark);
                });
            }

            @Override
            public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
                throw new UnsupportedOperationException("nobody begins at a time here");
            }

            @Override
            public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
                throw new UnsupportedOperationException("nobody lists here");
            }

            @Override
            public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
                return transaction(process, "read at", () -> {
                    List<LogEntry> found = new ArrayList<>();
                    for (long position : positions) {
                        LogEntry entry = InboxDatabase.this.at(position);
                        if (entry != null) {
                            found.add(entry);
                        }
                    }
                    return found;
                });
            }

            @Override
            public InboxMark mark(TopicName topic) {
                return transaction(process, "mark?", () -> new InboxMark(mark, serverStart));
            }

            @Override
            public Map<TopicName, Long> marks(Collection<TopicName> topics) {
                throw new UnsupportedOperationException("nobody asks");
            }

            @Override
            public List<Ahead> ahead(List<Place> places, long countedMax) {
                throw new UnsupportedOperationException("nobody asks");
            }
        };
    }
}
