package dev.postevent.internal.warnings;

import dev.postevent.Warning;
import dev.postevent.Warning.Kind;
import dev.postevent.Warning.Level;
import dev.postevent.internal.text.Printable;
import dev.postevent.internal.warnings.ServerFacts.Holder;
import dev.postevent.internal.warnings.ServerFacts.Prepared;
import dev.postevent.internal.warnings.ServerFacts.Slot;
import dev.postevent.internal.warnings.ServerFacts.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What of a server's facts somebody has to know, in words. Pure. */
final class Judgement {
    private static final int TEXT_MAX = 200;
    private static final long KIB = 1_024;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private final Watched watched;
    private final ServerFacts facts;
    private final Limits limits;
    private final List<Warning> warnings = new ArrayList<>();

    private Judgement(Watched watched, ServerFacts facts, Limits limits) {
        this.watched = watched;
        this.facts = facts;
        this.limits = limits;
    }

    /** As it is told. */
    record Told(Kind kind, Level level, String fact, String next) implements Warning {}

    /**
     * The warnings.
     *
     * @param known whether this server was judged already, by the facts of another of its databases
     */
    static List<Warning> of(Watched watched, ServerFacts facts, Limits limits, boolean known) {
        Judgement judgement = new Judgement(watched, facts, limits);
        judgement.versions();
        watched.slot().ifPresent(judgement::stream);
        if (!known) {
            judgement.connections();
            judgement.use(Kind.SLOTS, facts.slots(), "replication slots", "max_replication_slots");
            judgement.use(Kind.WAL_SENDERS, facts.senders(), "senders of WAL", "max_wal_senders");
            facts.found().prepared().ifPresent(judgement::prepared);
        }
        facts.found().holder().ifPresent(judgement::holder);
        return judgement.warnings;
    }

    private void tell(Kind kind, Level level, String fact, String next) {
        warnings.add(new Told(kind, level, fact, next));
    }

    private String server() {
        return "The server of database " + Printable.text(facts.database(), TEXT_MAX);
    }

    private void versions() {
        Map<String, Integer> there = facts.found().versions().orElse(Map.of());
        if (there.isEmpty()) {
            return;
        }
        new TreeMap<>(watched.versions()).forEach((part, known) -> {
            int found = there.getOrDefault(part, 0);
            String fact = "The tables of " + part + " in database " + Printable.text(facts.database(), TEXT_MAX)
                    + (found == 0 ? " are not there" : " are of version " + found) + ", this node's JAR is made for "
                    + known + ".";
            if (found < known) {
                tell(
                        Kind.SCHEMA_OLDER,
                        Level.URGENT,
                        fact,
                        "Apply the newer DDL, or start this node anew with postevent.schema=create.");
            } else if (found > known) {
                tell(
                        Kind.SCHEMA_NEWER,
                        Level.WATCH,
                        fact,
                        "Bring this node to the version of the node that changed them; it will not start again as it"
                                + " is.");
            }
        });
    }

    private void stream(String name) {
        if (!facts.decodes()) {
            tell(
                    Kind.WAL_LEVEL,
                    Level.URGENT,
                    server() + " has wal_level '" + facts.walLevel() + "', and a stream needs logical.",
                    "Set wal_level=logical and start the server anew, or set postevent.feed.kind=polling.");
            return;
        }
        facts.found()
                .slot()
                .ifPresentOrElse(
                        slot -> slot(name, slot),
                        () -> tell(
                                Kind.SLOT_MISSING,
                                Level.WATCH,
                                server() + " has no replication slot '" + name + "', so nothing streams.",
                                "Wait a moment: the feed makes it, as soon as the transactions that are open now have"
                                        + " ended. If it lasts, see what the feed says."));
    }

    private void slot(String name, Slot slot) {
        String of = "The replication slot '" + name + "' ";
        if (slot.walStatus().equals("lost")) {
            tell(
                    Kind.SLOT_LOST,
                    Level.URGENT,
                    of + "was given up by the server: it kept more WAL than max_slot_wal_keep_size allows.",
                    "See that a node of this application runs: it makes the slot anew, and reads from the tables what"
                            + " it missed. If it happens again, raise max_slot_wal_keep_size.");
            return;
        }
        boolean unread = slot.unreadSeconds().isEmpty()
                || slot.unreadSeconds().getAsLong() >= limits.unread().toSeconds();
        if (!slot.active() && unread) {
            OptionalLong seconds = slot.unreadSeconds();
            tell(
                    Kind.SLOT_INACTIVE,
                    Level.WATCH,
                    of + "has no reader" + (seconds.isPresent() ? " since " + time(seconds.getAsLong()) : "")
                            + "; the server keeps " + bytes(slot.retained()) + " of WAL for it.",
                    "See what the feeds of the nodes say. If the application is gone for good: select"
                            + " pg_catalog.pg_drop_replication_slot('" + name + "').");
        }
        kept(of, slot);
    }

    private void kept(String of, Slot slot) {
        String next = "See what keeps the feed from reading on (its facts, a transaction that is open for long);"
                + " or raise max_slot_wal_keep_size.";
        if (slot.safe().isPresent()) {
            long most = slot.retained() + Math.max(0, slot.safe().getAsLong());
            boolean urgent = slot.walStatus().equals("unreserved")
                    || new Use(slot.retained(), most).isPercent(Limits.WAL_URGENT_PERCENT);
            if (urgent || new Use(slot.retained(), most).isPercent(Limits.WAL_PERCENT)) {
                tell(
                        Kind.WAL_KEPT,
                        urgent ? Level.URGENT : Level.WATCH,
                        of + "holds " + bytes(slot.retained()) + " of WAL; beyond " + bytes(most) + " it is given up.",
                        next);
            }
        } else if (slot.retained() >= limits.kept()) {
            tell(
                    Kind.WAL_KEPT,
                    Level.WATCH,
                    of + "holds " + bytes(slot.retained()) + " of WAL, and the server sets no limit but its disk.",
                    "See what keeps the feed from reading on; and set max_slot_wal_keep_size, so that the disk does not"
                            + " fill.");
        }
    }

    private void connections() {
        Use use = facts.connections();
        if (use.isPercent(Limits.CONNECTIONS_PERCENT)) {
            tell(
                    Kind.CONNECTIONS,
                    use.taken() >= use.most() ? Level.URGENT : Level.WATCH,
                    server() + " has " + use.taken() + " of the " + use.most()
                            + " connections that applications may have.",
                    "Make the pools of its applications smaller, or raise max_connections and start the server anew.");
        }
    }

    private void use(Kind kind, Use use, String what, String setting) {
        if (use.most() > 0 && use.taken() >= use.most()) {
            boolean hinders = watched.slot().isPresent()
                    && facts.found().slot().filter(Slot::active).isEmpty();
            tell(
                    kind,
                    hinders ? Level.URGENT : Level.WATCH,
                    server() + " has all its " + use.most() + " " + what + " in use.",
                    "Drop replication slots that nobody needs any more (pg_replication_slots has them), or raise "
                            + setting + " and start the server anew: no further stream can begin.");
        }
    }

    private void prepared(Prepared prepared) {
        String gid = Printable.text(prepared.gid(), TEXT_MAX);
        long others = prepared.many() - 1;
        tell(
                Kind.PREPARED_TRANSACTION,
                Level.WATCH,
                "Transaction " + gid + " in database " + Printable.text(prepared.database(), TEXT_MAX)
                        + " is prepared since " + time(prepared.seconds()) + " and not decided"
                        + (others == 0 ? "" : ", and so are " + others + " more") + "; it keeps its locks.",
                "Have its transaction manager finish it. Only if that is gone for good: rollback prepared " + gid
                        + " (or commit prepared), in that database.");
    }

    private void holder(Holder holder) {
        String since = holder.seconds().isPresent()
                ? "since " + time(holder.seconds().getAsLong())
                : "for " + String.format(Locale.ROOT, "%,d", holder.transactions()) + " transactions of the server";
        tell(
                Kind.LONG_TRANSACTION,
                Level.WATCH,
                "A transaction is open " + since + " in database " + Printable.text(facts.database(), TEXT_MAX)
                        + " (pid " + holder.pid() + ", " + Printable.text(holder.who(), TEXT_MAX)
                        + (holder.state().isEmpty() ? "" : ", " + holder.state())
                        + "): nothing that was deleted since can be removed, and tables grow.",
                "End it if nobody needs it: select pg_catalog.pg_terminate_backend(" + holder.pid()
                        + "). A limit on idle transactions (idle_in_transaction_session_timeout) keeps it from coming"
                        + " again.");
    }

    /** "40 s", "12 min", "3 h 20 min", "2 d 4 h". */
    static String time(long seconds) {
        if (seconds < MINUTE) {
            return Math.max(0, seconds) + " s";
        }
        if (seconds < HOUR) {
            return seconds / MINUTE + " min";
        }
        return seconds < DAY
                ? seconds / HOUR + " h " + seconds % HOUR / MINUTE + " min"
                : seconds / DAY + " d " + seconds % DAY / HOUR + " h";
    }

    /** "812 B", "1.5 MiB". */
    static String bytes(long bytes) {
        if (bytes < KIB) {
            return Math.max(0, bytes) + " B";
        }
        double rest = bytes;
        int power = 0;
        while (rest >= KIB && power < 4) {
            rest /= KIB;
            power++;
        }
        return String.format(Locale.ROOT, "%.1f %ciB", rest, "KMGT".charAt(power - 1));
    }
}
