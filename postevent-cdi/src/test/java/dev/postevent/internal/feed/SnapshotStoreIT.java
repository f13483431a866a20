package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

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
}
