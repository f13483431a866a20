package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.internal.jdbc.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;

/** SQL that locks the row of a subscription, for what operators change of it as a whole. */
final class SubscriptionLockStore {
    // the foreign keys of members and lanes wait for it, and so does a registration
    private static final String LOCK =
            String.format(Locale.ROOT, """
            select 1, %s from postevent_inbox.subscription s, %s where s.application = ? and s.name = ? for update of s
            """, LocalTransaction.GUARD, LocalTransaction.LIMITED);

    private final String application;
    private final String idleLimit;

    SubscriptionLockStore(Member member) {
        this.application = member.application().name();
        this.idleLimit = member.lease().idleLimit();
    }

    /** Until the end of the transaction; false if the subscription is not registered. */
    boolean take(Connection connection, String subscription) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK);
                ResultSet row = set(lock, idleLimit, application, subscription).executeQuery()) {
            return row.next();
        }
    }
}
