package dev.postevent.internal.schema;

import java.sql.SQLException;

/** Another session has the one lock of all who make tables. */
final class StartLockTaken extends SQLException {
    private static final long serialVersionUID = 1L;

    StartLockTaken(SQLException waited) {
        super(waited.getMessage(), waited.getSQLState(), waited);
    }
}
