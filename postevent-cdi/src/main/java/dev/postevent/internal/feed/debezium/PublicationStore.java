package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** SQL about one publication, always by its exact name. Its name and the topics' are checked, so SQL may be built from them. */
final class PublicationStore {
    private static final String READ = """
            select p.puballtables, p.pubinsert, p.pubupdate or p.pubdelete or p.pubtruncate as more, p.pubviaroot as roots
              from pg_catalog.pg_publication p where p.pubname = ?
            """;

    // a row filter or a column list on one of our tables counts as the table missing: events would be cut. A table that
    // comes by its schema comes whole. From the catalogue: pg_get_publication_tables waits for whoever alters a table
    private static final String READ_TABLES = """
            select n.nspname || '.' || c.relname as name, r.prqual is null and r.prattrs is null as whole
              from pg_catalog.pg_publication p
              join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
              join pg_catalog.pg_class c on c.oid = r.prrelid
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where p.pubname = ?
            union all
            select n.nspname || '.' || c.relname, true
              from pg_catalog.pg_publication p
              join pg_catalog.pg_publication_namespace s on s.pnpubid = p.oid
              join pg_catalog.pg_namespace n on n.oid = s.pnnspid
              join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
             where p.pubname = ?
            """;

    private static final String PARTITIONED = """
            select exists (select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                            where n.nspname = 'postevent' and c.relkind = 'p' and c.relname = any (?))
            """;

    // a table that is partitioned comes under its own name only with the second of them; to others it makes no
    // difference
    private static final String WITH = "(publish = 'insert', publish_via_partition_root = true)";

    private static final String SCHEMA = "postevent.";
    private static final Set<String> MADE_BY_ANOTHER = Set.of("42710", SqlState.UNIQUE_VIOLATION);
    private static final int SECONDS_MAX = 30;

    private final String publication;
    private final Set<TopicName> topics;
    private final DataSource dataSource;

    PublicationStore(String publication, Collection<TopicName> topics, DataSource dataSource) {
        this.publication = publication;
        this.topics = new TreeSet<>(topics);
        this.dataSource = dataSource;
    }

    /**
     * Makes sure that inserts into our tables, all of them and whole, are published. Tables of other topics stay: a node that is older
     * or newer than this one may have them.
     *
     * @return true if the publication was made just now: WAL from before cannot be decoded with it
     * @throws FeedFault if it cannot be made or changed; names the SQL to run
     */
    boolean ensure() throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            Found found = read(connection);
            if (!found.is(Trait.EXISTS)) {
                return create(connection);
            }
            if (!found.exact(names())) {
                alter(connection, found);
            }
            return false;
        });
    }

    /**
     * Checks that inserts into our tables, all of them and whole, are still published.
     *
     * @throws FeedFault if somebody altered or dropped the publication
     */
    void mustBeWhole(Connection connection) throws SQLException {
        Found found = read(connection);
        if (!found.covers(names())) {
            throw new FeedFault(
                    FeedFault.PUBLICATION,
                    "somebody " + (found.is(Trait.EXISTS) ? "altered" : "dropped") + " the publication " + publication
                            + " while it was streamed: it "
                            + (found.is(Trait.EXISTS)
                                    ? "does not publish every insert into " + names() + ", with all columns, any more"
                                    : "is not there any more")
                            + "; it is put right, and what was missed is read from the tables");
        }
    }

    private Found read(Connection connection) throws SQLException {
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, publication);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return new Found(traits, Set.of(), Set.of());
                }
                traits.add(Trait.EXISTS);
                addIf(row.getBoolean("puballtables"), Trait.ALL_TABLES, traits);
                addIf(row.getBoolean("pubinsert"), Trait.INSERTS, traits);
                addIf(row.getBoolean("more"), Trait.MORE, traits);
                addIf(row.getBoolean("roots"), Trait.ROOTS, traits);
            }
        }
        Set<String> tables = new TreeSet<>();
        Set<String> cut = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(READ_TABLES)) {
            statement.setString(1, publication);
            statement.setString(2, publication);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    (row.getBoolean("whole") ? tables : cut).add(row.getString("name"));
                }
            }
        }
        addIf(!traits.contains(Trait.ROOTS) && !isPartitioned(connection), Trait.ROOTS, traits);
        return new Found(traits, tables, cut);
    }

    private static void addIf(boolean has, Trait trait, Set<Trait> to) {
        if (has) {
            to.add(trait);
        }
    }

    private boolean isPartitioned(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PARTITIONED)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "text", topics.stream().map(TopicName::value).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private boolean create(Connection connection) throws SQLException {
        String sql = "create publication \"" + publication + "\" for table " + tables(Set.of()) + " with " + WITH;
        try {
            execute(connection, sql);
            return true;
        } catch (SQLException e) {
            if (MADE_BY_ANOTHER.contains(e.getSQLState())) {
                // another node was faster; for the slot it is as new as if we had made it
                return true;
            }
            throw fault(sql, e);
        }
    }

    private void alter(Connection connection, Found found) throws SQLException {
        String setPublish = "alter publication \"" + publication + "\" set " + WITH;
        String setTables = "alter publication \"" + publication + "\" set table " + tables(found.topics());
        // "for all tables" cannot be narrowed; it is wasteful, but it has everything we need
        String sql = found.is(Trait.ALL_TABLES) ? setPublish : setPublish + "; " + setTables;
        if (found.is(Trait.ALL_TABLES) && found.is(Trait.INSERTS) && !found.is(Trait.MORE) && found.is(Trait.ROOTS)) {
            return;
        }
        try {
            execute(connection, setPublish);
            if (!found.is(Trait.ALL_TABLES) && !found.hasTables(names())) {
                execute(connection, setTables);
            }
        } catch (SQLException e) {
            if (Causes.isRefused(e) && found.covers(names())) {
                // publishes more than we need and we may not change that: rows of others are passed over
                return;
            }
            throw fault(sql, e);
        }
    }

    private FeedFault fault(String sql, SQLException e) throws SQLException {
        String state = e.getSQLState();
        if (Causes.isRefused(e)) {
            return new FeedFault(
                    FeedFault.PUBLICATION_PRIVILEGE,
                    "the data source's role may not set up the publication " + publication + " (" + e.getMessage()
                            + "). An owner of the tables who may CREATE in the database has to run: " + sql + ";",
                    e);
        }
        if (SqlState.UNDEFINED_TABLE.equals(state) || SqlState.UNDEFINED_SCHEMA.equals(state)) {
            return new FeedFault(
                    FeedFault.PUBLICATION,
                    "the publication " + publication + " cannot be set up because a topic's table is missing ("
                            + e.getMessage()
                            + "). Make the tables: postevent.schema=create, or run the written-out DDL",
                    e);
        }
        throw e;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(SECONDS_MAX);
            statement.execute(sql);
        }
    }

    /** Those of this node and {@code others}, which other nodes of the application may know: while it is updated they are not the same. */
    private String tables(Set<TopicName> others) {
        Set<TopicName> all = new TreeSet<>(others);
        all.addAll(topics);
        return all.stream().map(TopicName::table).collect(Collectors.joining(", "));
    }

    private Set<String> names() {
        return topics.stream().map(topic -> SCHEMA + topic.value()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What may be so of a publication. */
    private enum Trait {
        EXISTS,
        /** It is of all tables there are and will be. */
        ALL_TABLES,
        INSERTS,
        /** It publishes updates, deletes or truncates, too. */
        MORE,
        /** Rows come under the name of the topic's table, be it partitioned. */
        ROOTS
    }

    /**
     * A publication as it is.
     *
     * @param traits what is so of it
     * @param tables published with all rows and columns
     * @param cut published with fewer
     */
    private record Found(Set<Trait> traits, Set<String> tables, Set<String> cut) {

        boolean is(Trait trait) {
            return traits.contains(trait);
        }

        boolean covers(Set<String> names) {
            return is(Trait.EXISTS)
                    && is(Trait.INSERTS)
                    && is(Trait.ROOTS)
                    && (is(Trait.ALL_TABLES) || tables.containsAll(names));
        }

        boolean exact(Set<String> names) {
            return covers(names) && !is(Trait.MORE) && !is(Trait.ALL_TABLES) && hasTables(names);
        }

        /** True if it has those tables whole, and none but those of topics. */
        boolean hasTables(Set<String> names) {
            return tables.containsAll(names)
                    && Stream.concat(tables.stream(), cut.stream()).allMatch(Found::isTopic);
        }

        /** Topics whose tables are published. */
        Set<TopicName> topics() {
            return Stream.concat(tables.stream(), cut.stream())
                    .filter(Found::isTopic)
                    .map(name -> new TopicName(name.substring(SCHEMA.length())))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private static boolean isTopic(String name) {
            return name.startsWith(SCHEMA) && TopicName.isValid(name.substring(SCHEMA.length()));
        }
    }
}
