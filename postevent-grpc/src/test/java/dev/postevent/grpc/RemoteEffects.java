package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.PostgresFixture;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/**
 * The checker that is used in process, for effects in another database: the shop's outbox is copied beside the effects, into a
 * schema that the checker is given.
 */
final class RemoteEffects {
    private final PostgresFixture.Db shop;
    private final PostgresFixture.Db warehouse;
    private final String topic;

    RemoteEffects(PostgresFixture.Db shop, PostgresFixture.Db warehouse, String topic) {
        this.shop = shop;
        this.warehouse = warehouse;
        this.topic = topic;
    }

    long committed() {
        return shop.number("select count(*) from postevent.\"" + topic + "\" where kind = 'e'");
    }

    long effects() {
        return warehouse.number("select count(*) from effect");
    }

    /** I1 to I4 between the two databases. */
    void assertExactlyOnceInOrder(String subscription) {
        assertThat(warehouse.text("select to_regclass('postevent." + topic + "')"))
                .as("the warehouse has no outbox of the topic")
                .isNull();
        String columns = "(idn, kind, id, source, type, subject)";
        try (Connection from = shop.dataSource().getConnection();
                Connection to = warehouse.dataSource().getConnection();
                Statement ddl = to.createStatement()) {
            ByteArrayOutputStream rows = new ByteArrayOutputStream();
            from.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut(
                            "copy (select idn, kind, id, source, type, subject from postevent.\"" + topic
                                    + "\") to stdout",
                            rows);
            ddl.execute("create schema if not exists postevent");
            ddl.execute("create table postevent.\"" + topic
                    + "\" (idn bigint, kind \"char\", id text, source text, type text, subject text)");
            to.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn(
                            "copy postevent.\"" + topic + "\" " + columns + " from stdin",
                            new ByteArrayInputStream(rows.toByteArray()));
            try {
                new EffectChecker(warehouse, topic, "effect").assertExactlyOnceInOrder(subscription);
            } finally {
                ddl.execute("drop table postevent.\"" + topic + "\"");
            }
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
