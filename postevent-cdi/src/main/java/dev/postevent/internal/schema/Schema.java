package dev.postevent.internal.schema;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.LockHolders;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Makes or checks the tables, once at start, outside of any JTA transaction.
 *
 * <p>Each part (outbox, inbox, one per topic) has its version in {@code postevent_internal.schema_version}. What is missing is
 * made under an advisory lock, so nodes and applications that start at the same time do not collide, each change of what is there in
 * a transaction of its own; where
 * everything is there already, nothing is written and no DDL privilege is needed. A version newer than this JAR's is refused.
 */
public final class Schema {
    private static final Logger LOG = System.getLogger("dev.postevent.schema");
    private static final SortedMap<String, String> TOPIC_COLUMNS =
            Collections.unmodifiableSortedMap(new TreeMap<>(Map.ofEntries(
                    Map.entry("idn", "bigint"),
                    Map.entry("kind", "\"char\""),
                    Map.entry("id", "text"),
                    Map.entry("source", "text"),
                    Map.entry("type", "text"),
                    Map.entry("datacontenttype", "text"),
                    Map.entry("dataschema", "text"),
                    Map.entry("subject", "text"),
                    Map.entry("data", "bytea"),
                    Map.entry("time", "timestamp with time zone"),
                    Map.entry("traceparent", "text"),
                    Map.entry("extensions", "jsonb"))));

    private static final String ORIGINAL =
            "if it is of the original postevent library, com.p14n, keep it as docs/migrating.md says";

    private final DataSource dataSource;
    private final Mode mode;

    /** What to do about tables. */
    public enum Mode {
        /** Make what is missing. */
        CREATE,
        /** Refuse to start if something is missing or of another version. */
        VALIDATE,
        /** Leave alone, do not look. */
        NONE
    }

    public Schema(DataSource dataSource, Mode mode) {
        this.dataSource = dataSource;
        this.mode = mode;
    }

    /**
     * Makes or checks the outbox and the tables of {@code topics}.
     *
     * @throws PosteventException naming everything that is missing, too new, or not as it should be
     */
    public void prepareOutbox(Collection<TopicName> topics) {
        prepareOutbox(topics, others -> {});
    }

    /**
     * As {@link #prepareOutbox(Collection)}.
     *
     * @param toldOthers where this call has made topics, it is given those it has not made, {@code topics} or others; also if it
     *     fails afterwards. Of nodes that start at the same time one has made a topic
     */
    public void prepareOutbox(Collection<TopicName> topics, Consumer<Set<TopicName>> toldOthers) {
        if (mode != Mode.NONE) {
            prepare(parts(topics), topics, toldOthers);
        }
    }

    /**
     * Makes or checks the inbox.
     *
     * @throws PosteventException as {@link #prepareOutbox}
     */
    public void prepareInbox() {
        if (mode != Mode.NONE) {
            prepare(List.of(Part.INBOX), List.of(), others -> {});
        }
    }

    /** All statements for an empty database, outbox, {@code topics} and inbox, for those who use a migration tool. */
    public static String ddl(Collection<TopicName> topics) {
        StringBuilder text = new StringBuilder();
        for (Part part :
                Stream.concat(parts(topics).stream(), Stream.of(Part.INBOX)).toList()) {
            for (int version = 1; version <= part.newest(); version++) {
                text.append(part.ddl(version))
                        .append(SchemaStore.record(part, version))
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** The versions that this JAR knows of the outbox and the tables of {@code topics}, by part. */
    public static Map<String, Integer> outboxVersions(Collection<TopicName> topics) {
        return parts(topics).stream().collect(Collectors.toMap(Part::name, Part::newest));
    }

    /** The version that this JAR knows of the inbox, by its part. */
    public static Map<String, Integer> inboxVersions() {
        return Map.of(Part.INBOX.name(), Part.INBOX.newest());
    }

    private static List<Part> parts(Collection<TopicName> topics) {
        return Stream.concat(
                        Stream.of(Part.OUTBOX), new TreeSet<>(topics).stream().map(Part::of))
                .toList();
    }

    private void prepare(List<Part> parts, Collection<TopicName> topics, Consumer<Set<TopicName>> toldOthers) {
        Made made = new Made();
        try {
            LocalTransaction.each(dataSource, connection -> {
                prepare(connection, parts, topics, made);
                return made;
            });
        } catch (SQLException e) {
            throw failure(parts, e);
        } finally {
            if (!topicsOf(made.begun).isEmpty()) {
                toldOthers.accept(topicsOf(made.others));
            }
        }
    }

    private static Set<TopicName> topicsOf(Set<String> parts) {
        return parts.stream().flatMap(part -> Part.topicOf(part).stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** What one call has made and committed. */
    private static final class Made {
        final List<String> files = new ArrayList<>();
        /** Parts that were not there at all. */
        final Set<String> begun = new TreeSet<>();
        /** Parts that somebody else had made, as of the last time the lock was had. */
        final Set<String> others = new TreeSet<>();
    }

    private void prepare(Connection connection, List<Part> parts, Collection<TopicName> topics, Made made)
            throws SQLException {
        Map<String, Integer> versions = SchemaStore.versions(connection);
        refuseNewer(parts, versions);
        if (!isComplete(parts, versions)) {
            if (mode == Mode.VALIDATE) {
                throw incomplete(
                        parts, versions, SchemaStore.columns(connection, topics).keySet());
            }
            create(connection, parts, made);
        }
        refuseOtherColumns(SchemaStore.columns(connection, topics), topics);
        refuseSequencesBehind(connection, topics);
    }

    private static boolean isComplete(List<Part> parts, Map<String, Integer> versions) {
        return parts.stream().allMatch(part -> versions.getOrDefault(part.name(), 0) == part.newest());
    }

    private static void create(Connection connection, List<Part> parts, Made made) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            boolean more = true;
            while (more) {
                Made some = new Made();
                more = createSome(connection, parts, some);
                connection.commit();
                some.others.removeAll(made.begun);
                made.others.addAll(some.others);
                made.begun.addAll(some.begun);
                made.files.addAll(some.files);
            }
        } catch (SQLException | RuntimeException e) {
            rollbackAfter(e, connection);
            throw e;
        } finally {
            connection.setAutoCommit(autoCommit);
        }
        if (!made.files.isEmpty()) {
            LOG.log(Level.INFO, "tables made: {0}", String.join(", ", made.files));
        }
    }

    /**
     * What is missing up to the first file that changes tables which others use; true if there may be more. Such a file has a transaction
     * of its own: the locks of all of them together would be waited for and held together, and what runs would stand meanwhile.
     */
    private static boolean createSome(Connection connection, List<Part> parts, Made made) throws SQLException {
        SchemaStore.lock(connection);
        // again, now that nobody else can be at it: another node may have been first
        Map<String, Integer> versions = SchemaStore.versions(connection);
        refuseNewer(parts, versions);
        made.others.addAll(versions.keySet());
        for (Part part : parts) {
            int found = versions.getOrDefault(part.name(), 0);
            if (found == 0) {
                made.begun.add(part.name());
            }
            for (int version = found + 1; version <= part.newest(); version++) {
                if (found > 0) {
                    SchemaStore.waitBriefly(connection);
                }
                SchemaStore.apply(connection, part, version);
                made.files.add(part.name() + " version " + version);
                if (found > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void rollbackAfter(Exception failure, Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static void refuseNewer(List<Part> parts, Map<String, Integer> versions) {
        String newer = parts.stream()
                .filter(part -> versions.getOrDefault(part.name(), 0) > part.newest())
                .map(part ->
                        part.name() + " has version " + versions.get(part.name()) + ", known here is " + part.newest())
                .collect(Collectors.joining("; "));
        if (!newer.isEmpty()) {
            throw new PosteventException(
                    "PSTEV30003",
                    "checking the tables of postevent found some made by a newer release: " + newer
                            + ". Use that release or a newer one here");
        }
    }

    /** Where a table is there and not recorded, making what is missing would be the next fault. */
    private static PosteventException incomplete(
            List<Part> parts, Map<String, Integer> versions, Collection<String> tables) {
        String unrecorded = parts.stream()
                .filter(part -> !versions.containsKey(part.name()))
                .flatMap(part -> Part.topicOf(part.name()).stream())
                .filter(topic -> tables.contains(topic.value()))
                .map(TopicName::table)
                .collect(Collectors.joining(", "));
        String missing = parts.stream()
                .filter(part -> versions.getOrDefault(part.name(), 0) < part.newest())
                .map(part -> versions.containsKey(part.name())
                        ? part.name() + " has version " + versions.get(part.name()) + ", expected " + part.newest()
                        : part.name() + " is missing, expected version " + part.newest())
                .collect(Collectors.joining("; "));
        return new PosteventException(
                "PSTEV30002",
                "checking the tables of postevent (postevent.schema=validate) found: " + missing
                        + (unrecorded.isEmpty()
                                ? ". Run the DDL of this release, or start once with postevent.schema=create"
                                : ". There are tables that are not recorded: " + unrecorded + " (" + ORIGINAL + ")"));
    }

    private static void refuseOtherColumns(Map<String, Map<String, String>> tables, Collection<TopicName> topics) {
        List<String> faults = new ArrayList<>();
        for (TopicName topic : new TreeSet<>(topics)) {
            Map<String, String> found = tables.getOrDefault(topic.value(), Map.of());
            TOPIC_COLUMNS.forEach((column, type) -> {
                if (!type.equals(found.get(column))) {
                    faults.add(topic.table() + "." + column + " is " + found.getOrDefault(column, "missing")
                            + ", expected " + type);
                }
            });
        }
        if (!faults.isEmpty()) {
            throw new PosteventException(
                    "PSTEV30004",
                    "checking the topic tables of postevent found other columns than those recorded in"
                            + " postevent_internal.schema_version: " + String.join("; ", faults)
                            + ". Was a table changed or dropped by hand?");
        }
    }

    /** A table that came without its sequence, which begins anew: each publish would collide with an event of old. */
    private static void refuseSequencesBehind(Connection connection, Collection<TopicName> topics) throws SQLException {
        List<String> faults = new ArrayList<>();
        for (TopicName topic : new TreeSet<>(topics)) {
            long position = SchemaStore.aheadOfSequence(connection, topic);
            if (position > 0) {
                faults.add(topic.table() + " has come to position " + position
                        + ", its sequence has not. Run: select pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"
                        + topic.table() + "', 'idn'), " + position + ")");
            }
        }
        if (!faults.isEmpty()) {
            throw new PosteventException(
                    "PSTEV30008",
                    "checking the topic tables of postevent found sequences that were not carried over with their tables"
                            + " (logical replication, a dump of data only) or were set back: "
                            + String.join("; ", faults));
        }
    }

    private PosteventException failure(List<Part> parts, SQLException e) {
        String what =
                "preparing " + parts.stream().map(Part::name).collect(Collectors.joining(", ")) + " in the database: ";
        return switch (String.valueOf(e.getSQLState())) {
            case "42P07" ->
                new PosteventException(
                        "PSTEV30005",
                        what + "a table is there already and postevent_internal.schema_version does not know it ("
                                + e.getMessage() + "). It is left as it is: " + ORIGINAL
                                + "; if it comes from a dump, restore the schema postevent_internal with it; otherwise"
                                + " rename it",
                        e);
            case SqlState.INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV30006",
                        what + "the role of the data source may not do that (" + e.getMessage()
                                + "). Grant it, or have the DDL run by another role and set postevent.schema=validate",
                        e);
            case SqlState.LOCK_NOT_AVAILABLE ->
                new TransientFailureException(
                        "PSTEV30007",
                        what
                                + (e instanceof StartLockTaken
                                        ? "another node has been making tables for more than 60 s, or somebody else has"
                                                + " its lock (" + e.getMessage() + ")" + lockHolders(e)
                                        : "a table is locked by somebody else (" + e.getMessage()
                                                + "); what was changed before it stays")
                                + ". Look at pg_locks for the holder; the start is tried again",
                        e);
            default ->
                Transient.exception("PSTEV30001", what + "SQLSTATE " + e.getSQLState() + ", " + e.getMessage(), e);
        };
    }

    /** The transaction that waited has failed: it is asked in one of its own. */
    private String lockHolders(SQLException waited) {
        try {
            return LockHolders.named(LocalTransaction.each(dataSource, SchemaStore::lockHolders));
        } catch (SQLException e) {
            waited.addSuppressed(e);
            return "";
        }
    }
}
