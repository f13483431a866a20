package dev.postevent.internal.processor;

import dev.postevent.NotFoundException;
import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.Transient;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.sql.SQLException;
import java.util.NavigableMap;

/** What calls of operators have in common: the subscription they name, and how a database that fails is told. */
final class OperatorCalls {
    private final NavigableMap<String, SubscriptionWorker> workers;
    private final TransactionSynchronizationRegistry registry;

    OperatorCalls(NavigableMap<String, SubscriptionWorker> workers, TransactionSynchronizationRegistry registry) {
        this.workers = workers;
        this.registry = registry;
    }

    /** What is asked of the inbox database. */
    interface Question<T> {
        T ask() throws SQLException;
    }

    /** The subscription of that name. */
    SubscriptionWorker worker(String name) {
        SubscriptionWorker worker = workers.get(name);
        if (worker == null) {
            throw new NotFoundException(
                    "PSTEV34002",
                    "there is no subscription '" + name
                            + "' here (the name is that in @Subscription, not the method's); there are: "
                            + workers.keySet());
        }
        return worker;
    }

    /** A change is a transaction of its own: a connection of the caller's transaction does not commit for it. */
    <T> T change(String what, Question<T> question) {
        refuseInTransaction(what, "it is there for all nodes when the call returns, and would not be rolled back");
        return ask(what, question);
    }

    /** Throws if the calling thread has a transaction; {@code why} it may not. */
    void refuseInTransaction(String what, String why) {
        int status = registry.getTransactionStatus();
        if (status == Status.STATUS_ACTIVE || status == Status.STATUS_MARKED_ROLLBACK) {
            throw new PosteventException(
                    "PSTEV34006",
                    "cannot " + what + " in a transaction: " + why
                            + ". Call it outside of the transaction, for example from a method that is"
                            + " @Transactional(NOT_SUPPORTED)");
        }
    }

    <T> T ask(String what, Question<T> question) {
        try {
            return question.ask();
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    static PosteventException failed(String what, SQLException e) {
        return Transient.exception(
                "PSTEV34004",
                "the inbox database could not " + what + " (SQLSTATE " + e.getSQLState() + "): " + e.getMessage(),
                e);
    }
}
