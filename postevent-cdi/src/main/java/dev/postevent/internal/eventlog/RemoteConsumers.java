package dev.postevent.internal.eventlog;

import dev.postevent.internal.jdbc.LogSession;
import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** Consumers in other applications: {@code postevent_internal.consumer}. Called outside of JTA transactions. */
public final class RemoteConsumers implements Transport.Marks {
    private final DataSource dataSource;

    /** Over the publisher's database. */
    public RemoteConsumers(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
        try (LogSession session = LogSession.open(dataSource)) {
            return ConsumerStore.report(session.connection(), principal, name, topic, mark, namesMax);
        } catch (SQLException e) {
            throw LogFailure.ofReporting(topic, principal + "/" + name, e);
        }
    }

    @Override
    public List<ConsumerMark> all() {
        try (LogSession session = LogSession.open(dataSource)) {
            return ConsumerStore.all(session.connection());
        } catch (SQLException e) {
            throw LogFailure.ofConsumers(e);
        }
    }
}
