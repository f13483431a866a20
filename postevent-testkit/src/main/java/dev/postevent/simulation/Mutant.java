package dev.postevent.simulation;

import dev.postevent.internal.catchup.SettledNow;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One fault in the design each, made at a port. The checker must catch every one, or it is worth nothing; the first two are none
 * and must pass.
 */
public enum Mutant {
    NONE,

    /** Judges by the probe and does not seal: right as long as C1 to C6 hold, which they do here. */
    PROBE_ONLY {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real);
        }
    },

    /** C1: numbers drawn ahead are inserted after they were sealed. */
    CACHED_NUMBERS,

    /** C2: numbers drawn before the insert, without its lock. */
    NUMBER_BEFORE_LOCK,

    /** C3: who draws and stays open between the two readings is not waited for. */
    HOLDERS_BEFORE_BOUND {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                private @Nullable Holders early;

                @Override
                public Page page(long after, long through, int rowsMax) throws SQLException {
                    if (early == null) {
                        early = real.holders();
                        world.sleep(process, world.random.nextLong(40 * World.MILLIS));
                    }
                    return super.page(after, through, rowsMax);
                }

                @Override
                public Holders holders() throws SQLException {
                    Holders known = early;
                    return known == null ? real.holders() : known;
                }
            };
        }
    },

    /** The proof that is kept: a holder that the last listing has not seen is believed to fill only what this one saw no end of. */
    NEWCOMERS_ONE_LISTING_LATE {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                @Override
                public Holders holders() throws SQLException {
                    Holders now = real.holders();
                    Set<String> known = new LinkedHashSet<>(now.transactions());
                    known.retainAll(world.listedBefore);
                    world.listedBefore.clear();
                    world.listedBefore.addAll(now.transactions());
                    return new Holders(now.table(), known);
                }
            };
        }
    },

    /** C4: rows and holders of one snapshot, or of one statement. */
    ONE_SNAPSHOT {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                private long @Nullable [] seen;

                @Override
                public Page page(long after, long through, int rowsMax) throws SQLException {
                    Page page = super.page(after, through, rowsMax);
                    if (seen == null) {
                        seen = world.source.positions(0, Long.MAX_VALUE);
                    }
                    return page;
                }

                @Override
                public long[] positions(long after, long through) throws SQLException {
                    long[] fresh = real.positions(after, through);
                    long[] known = seen;
                    return known == null
                            ? fresh
                            : java.util.Arrays.stream(known)
                                    .filter(position -> position > after && position <= through)
                                    .toArray();
                }
            };
        }
    },

    /** C5: prepared transactions have no process. */
    ONLY_HOLDERS_WITH_A_PROCESS {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                @Override
                public Holders holders() throws SQLException {
                    return new Holders(real.holders().table(), world.source.names(tx -> !tx.prepared));
                }
            };
        }
    },

    /** C6: a standby shows no holders. */
    ON_A_STANDBY {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                @Override
                public Holders holders() throws SQLException {
                    return new Holders(real.holders().table(), Set.of());
                }
            };
        }
    },

    /** C6: a proof is continued over a restart, which renames prepared transactions. */
    PROOF_OVER_A_RESTART {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                @Override
                public Bound bound() throws SQLException {
                    return new Bound("always the same", real.bound().head());
                }

                @Override
                public Holders holders() throws SQLException {
                    return new Holders("always the same", real.holders().transactions());
                }
            };
        }
    },

    /** Below the oldest transaction that has written: a number can be older than that. */
    BELOW_THE_OLDEST_TRANSACTION {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Unsealed(world, real) {
                @Override
                public Holders holders() throws SQLException {
                    return new Holders(real.holders().table(), world.source.names(tx -> !tx.inserted.isEmpty()));
                }
            };
        }
    },

    /** Seals without asking who is at it: nothing is lost, but publishers fail. */
    SEAL_ONLY {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Forwarding(real) {
                @Override
                public Holders holders() throws SQLException {
                    return new Holders(real.holders().table(), Set.of());
                }
            };
        }
    },

    /** Answers with what a restart may take back. */
    BEFORE_THE_FLUSH {
        @Override
        SourceTable table(World world, Process process, SourceTable real) {
            return new Forwarding(real) {
                @Override
                public Optional<String> notFlushed() {
                    return Optional.empty();
                }
            };
        }
    },

    /** A subscription that begins now begins after the head: a transaction that is open has drawn a position below. */
    NOW_IS_THE_HEAD {
        @Override
        long settledNow(EventLog log, long mark) {
            return log.head(Cluster.TOPIC);
        }
    },

    /** What is missing for long enough is passed, and the store does not ask whether all is there. */
    TIMEOUT_SKIPS {
        @Override
        EventLog log(World world, EventLog real) {
            return new EventLog() {
                private long stuckAt = -1;
                private long since;

                @Override
                public Origin origin(TopicName topic) {
                    return real.origin(topic);
                }

                @Override
                public long head(TopicName topic) {
                    return real.head(topic);
                }

                @Override
                public long settled(TopicName topic) {
                    return real.settled(topic);
                }

                @Override
                public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
                    Range range = real.read(topic, after, through, rowsMax, bytesMax);
                    if (range.blocker() == null || range.entries().isEmpty()) {
                        return range;
                    }
                    if (stuckAt != range.settledThrough()) {
                        stuckAt = range.settledThrough();
                        since = world.now();
                    }
                    long last = range.entries().get(range.entries().size() - 1).position();
                    return world.now() - since < 300 * World.MILLIS ? range : Range.of(range.entries(), last);
                }
            };
        }

        @Override
        InboxWriter store(World world, Process process, InboxWriter real) {
            return new Unasked(world, real);
        }
    },

    /** What the stream brings is taken to be visible: it does not ask who is still at it. */
    VISIBLE_UNASKED,

    /** As VISIBLE_UNASKED, by the statement that stores where the topic is. */
    STORED_UNSEEN,

    /** What the stream brings is taken for a row of the table there is: nobody asks whether it stands there. */
    TABLE_UNASKED,

    /** The feed's batch is acknowledged, and the mark moved in memory, before the inbox has committed. */
    ACKNOWLEDGED_BEFORE_COMMIT {
        @Override
        InboxWriter store(World world, Process process, InboxWriter real) {
            return new Unasked(world, real) {
                @Override
                public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark) {
                    World.Event unused = world.after(
                            5 * World.MILLIS,
                            process,
                            World.Kind.WORK,
                            "commits later",
                            () -> world.inbox.apply(entries, mark));
                    return true;
                }
            };
        }
    },

    /** Entries are stored, and the mark with the next batch only in memory: a crash brings it back. */
    MARK_WITHOUT_ENTRIES {
        @Override
        InboxWriter store(World world, Process process, InboxWriter real) {
            return new Unasked(world, real) {
                @Override
                public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark) {
                    return super.store(
                            topic, entries.size() > 1 ? entries.subList(1, entries.size()) : entries, known, mark);
                }
            };
        }
    },

    /** The mark goes on from what is remembered, whatever the inbox still has. */
    MARK_AS_REMEMBERED {
        @Override
        InboxWriter store(World world, Process process, InboxWriter real) {
            return new Unasked(world, real) {
                private long highest;

                @Override
                public InboxMark mark(TopicName topic) {
                    highest = Math.max(highest, super.mark(topic).mark());
                    return new InboxMark(highest, 1);
                }

                @Override
                public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark) {
                    long stored = super.mark(topic).mark();
                    highest = Math.max(highest, mark);
                    return super.store(topic, entries, known, stored < known.mark() ? 0 : mark);
                }
            };
        }
    },

    /** The cursor update has no condition. */
    SKIP_FENCE,
    /**
     * The cursor update asks whether the last event of the batch is new, and not the first; an event that is held already is an
     * error of its key. So it was once, and after a commit without an answer an event took effect twice.
     */
    AS_IT_WAS,
    /** Only the latter: a lane stood still for ever. */
    HOLD_COLLIDES,
    /** The cursor update asks that the cursor is not beyond what is believed: after lost commits a batch begins behind a gap. */
    FENCE_FROM_BELOW,
    /** It asks for the cursor alone: what was handled of the held events, and was lost, is not missed. */
    FENCE_BY_THE_CURSOR,
    /** The cursor is committed before the effect, in a transaction of its own. */
    CURSOR_BEFORE_EFFECT,
    /** Events behind a held one are passed and not written down. */
    DROP_HOLD,
    /** A failed event is passed and not written down. */
    DROP_FAILED,
    /** Lanes are handed out though somebody has them, with the same epoch. */
    DOUBLE_OWNER,
    /**
     * The cursor of a lane with nothing to do is moved to what is released by then, and not to what the lane was offered: so it was
     * between two locks, when a lane was given to another node.
     */
    IDLE_OVER_WHAT_CAME,
    /** Tries of an event that kills its node are not written down. */
    TRIES_IN_MEMORY,
    /** A try of a held event counts before it is made, whatever comes of it: so it was. */
    COUNTED_BEFORE_THE_CALL,
    /** Whoever takes a lane that was given back does not know for which events the observer was called. */
    CALLS_FORGOTTEN,
    /** A transaction that an observer aborted, and swallowed it, makes a batch that is repeated without end: so it was. */
    ABORTED_IS_NO_OUTCOME,
    /** The lease is renewed in the row of the cursor: so it was, and an observer that took longer was never committed. */
    RENEWED_BESIDE_THE_CURSOR,
    /** An event is given up for time in which its application was not there. */
    TIME_AWAY_COUNTS,
    /** An event is parked when its time is over, and not by an attempt that fails after it. */
    PARKED_UNSEEN,
    /** A handled event of the held ones is committed, and stays held. */
    HELD_STAYS;

    SourceTable table(World world, Process process, SourceTable real) {
        return real;
    }

    EventLog log(World world, EventLog real) {
        return real;
    }

    /** Where a subscription that is new and begins now is told that this is. */
    long settledNow(EventLog log, long mark) {
        return SettledNow.of(log, Cluster.TOPIC, mark);
    }

    InboxWriter store(World world, Process process, InboxWriter real) {
        return real;
    }
}
