package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Which snapshot is taken when. */
class SnapshotStoreIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();
    private static final String STREAM = "stream";

    /** Commits a transaction and tells its 32 bits. */
    private static long committed() {
        return DB.number("select pg_current_xact_id()::text::bigint & 4294967295");
    }

    private static SnapshotStore store(SnapshotStore.Connect connect) {
        try (Connection connection = DB.dataSource().getConnection()) {
            return new SnapshotStore(
                    STREAM,
                    connect,
                    TopicTableStore.seenBy(connection, List.of(new TopicName("orders"))),
                    DB.dataSource());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void oneThatIsTakenAheadIsTheNextAndThenOthersAreTaken() {
        try (SnapshotStore store = store(DB.dataSource()::getConnection)) {
            long before = committed();
            SnapshotStore.of(STREAM).takeAhead();
            long after = committed();

            Snapshot first = store.take();
            assertThat(first.shows(before)).isTrue();
            assertThat(first.shows(after)).isFalse();
            assertThat(store.take().shows(after)).isTrue();
        }
        assertThatThrownBy(() -> SnapshotStore.of(STREAM)).hasMessageContaining(STREAM);
    }

    @Test
    void ofTwoThatAreTakenAheadTheLaterCounts() {
        try (SnapshotStore store = store(DB.dataSource()::getConnection)) {
            store.takeAhead();
            long later = committed();
            store.takeAhead();

            assertThat(store.take().shows(later)).isTrue();
        }
    }

    @Test
    void noneIsTakenAheadWhileWhoStoresAsks() {
        try (SnapshotStore store = store(DB.dataSource()::getConnection)) {
            store.takeAhead();
            store.notNeeded();
            store.takeAhead();
            long later = committed();
            assertThat(store.take().shows(later)).as("nothing old is left").isTrue();

            store.takeAhead();
            long after = committed();
            assertThat(store.take().shows(after)).as("it is needed again").isFalse();
        }
    }

    @Test
    void whatFailsAheadIsAskedAgainAndSaidThen() throws SQLException {
        AtomicInteger refusals = new AtomicInteger();
        AtomicReference<Connection> last = new AtomicReference<>();
        SnapshotStore.Connect connect = () -> {
            if (refusals.getAndDecrement() > 0) {
                throw new SQLException("refused", "08001");
            }
            last.set(DB.dataSource().getConnection());
            return last.get();
        };
        try (SnapshotStore store = store(connect)) {
            refusals.set(1);
            store.takeAhead();
            assertThat(store.take().shows(committed())).isFalse();
            long later = committed();
            last.get().close();
            store.takeAhead();
            assertThat(store.take().shows(later)).isTrue();

            last.get().close();
            refusals.set(10);
            store.takeAhead();
            assertThatThrownBy(store::take).isInstanceOf(FeedFault.class).hasMessageContaining("refused");
        }
    }

    /** As the login of a feed is: it has REPLICATION, and may not see what others' sessions do. */
    @Test
    void whoIsStillAtItIsNamedToARoleThatMaySeeNothingOfOthersSessions() throws SQLException {
        String role = DB.name() + "_reader";
        DB.execute("create role " + role + " login password 'x'");
        PGSimpleDataSource publishers = DB.dataSource();
        publishers.setApplicationName("a publisher");
        PGSimpleDataSource readers = DB.dataSource();
        readers.setUser(role);
        readers.setPassword("x");
        String prepared = DB.name() + "_prepared";
        try (Connection publisher = publishers.getConnection();
                Statement statement = publisher.createStatement();
                Connection reader = readers.getConnection()) {
            publisher.setAutoCommit(false);
            long open = assigned(statement);

            assertThat(SnapshotStore.holders(reader, List.of(open)).get(open))
                    .matches("pid \\d+ \\(application 'a publisher'\\)");

            statement.execute("prepare transaction '" + prepared + "'");
            assertThat(SnapshotStore.holders(reader, List.of(open)))
                    .isEqualTo(Map.of(open, "prepared transaction '" + prepared + "'"));
            DB.execute("rollback prepared '" + prepared + "'");
            assertThat(SnapshotStore.holders(reader, List.of(open))).isEmpty();
        }
    }

    private static long assigned(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("select pg_current_xact_id()::text::bigint & 4294967295")) {
            row.next();
            return row.getLong(1);
        }
    }
}
