package dev.postevent.spi;

/**
 * Identity of a topic's source: which database system, on which history, which table.
 *
 * @param system PostgreSQL's system identifier, one per {@code initdb}
 * @param timeline PostgreSQL's timeline; goes up with each promotion or restore
 * @param table the outbox table's object id; another one means the table was made anew
 * @since 0.1.0
 */
public record Origin(String system, long timeline, long table) {}
