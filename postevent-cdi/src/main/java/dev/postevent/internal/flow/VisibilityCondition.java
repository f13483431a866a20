package dev.postevent.internal.flow;

import java.util.List;

/**
 * What has to be so in the database of a topic for entries that its WAL brought to be handed on: their transactions are visible, and
 * the tables are those the stream began with. Who stores the entries in the same database lets the statement that stores them ask it,
 * which is one round trip instead of two.
 *
 * @param transactions that inserted them, all 64 bits
 * @param tables an SQL expression that tells which tables there are
 * @param tablesSeen what it has to give
 */
public record VisibilityCondition(List<Long> transactions, String tables, String tablesSeen) {
    /** Copies the transactions. */
    public VisibilityCondition {
        transactions = List.copyOf(transactions);
    }
}
