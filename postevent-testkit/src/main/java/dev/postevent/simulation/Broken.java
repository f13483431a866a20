package dev.postevent.simulation;

import java.sql.SQLException;

/** What a database says; without a stack, because there are many. */
public final class Broken extends SQLException {
    private static final long serialVersionUID = 1L;

    public Broken(String message, String state) {
        super(message, state);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
