package dev.postevent.internal.warnings;

import dev.postevent.Warning;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.text.Printable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Asks databases what they know that will hinder an application. */
public final class DatabaseWarnings {
    private static final int TEXT_MAX = 500;

    private final List<Watched> databases;
    private final Limits limits;

    /** Of these; called outside of JTA transactions. */
    public DatabaseWarnings(List<Watched> databases) {
        this(databases, Limits.USUAL);
    }

    DatabaseWarnings(List<Watched> databases, Limits limits) {
        this.databases = List.copyOf(databases);
        this.limits = limits;
    }

    /** What is urgent first. One that cannot be asked is a warning, too. */
    public List<Warning> all() {
        List<Warning> all = new ArrayList<>();
        Set<Long> servers = new HashSet<>();
        for (Watched database : databases) {
            try {
                ServerFacts facts = LocalTransaction.each(
                        database.source(),
                        connection -> ServerFactsStore.read(
                                connection, database.slot().orElse(null), limits));
                all.addAll(Judgement.of(database, facts, limits, !servers.add(facts.start())));
            } catch (SQLException e) {
                all.add(notAsked(database, e));
            }
        }
        all.sort(Comparator.comparing(Warning::level));
        return all;
    }

    private static Warning notAsked(Watched database, SQLException e) {
        return new Judgement.Told(
                Warning.Kind.NOT_ASKED,
                Warning.Level.URGENT,
                "The database of " + database.name() + " cannot be asked for what is wrong with it: "
                        + Printable.line(SqlState.andText(e), TEXT_MAX) + ".",
                "See that it can be reached. Until then nobody knows whether there is something to warn of.");
    }
}
