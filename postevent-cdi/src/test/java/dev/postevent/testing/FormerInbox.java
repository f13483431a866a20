package dev.postevent.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An inbox as the build left it that did not tell applications apart: for tests of the upgrade from there. */
public final class FormerInbox {
    private static final int VERSION = 6;
    private static final String MOVE_ROWS = """
            do $$
            declare
                name text;
                columns text;
            begin
                foreach name in array array['messages', 'high_water_mark', 'origin', 'subscription', 'lane', 'held_event',
                                            'member', 'lease', 'direct_reader'] loop
                    select string_agg(quote_ident(c.column_name), ', ') into columns from information_schema.columns c
                     where c.table_schema = 'postevent_inbox' and c.table_name = name;
                    execute format('insert into postevent_inbox.%I (%s) select %s from later_inbox.%I',
                                   name, columns, columns, name);
                end loop;
            end $$
            """;

    private FormerInbox() {}

    /** Takes the database of one application back to it; what is stored stays. */
    public static void goBack(PostgresFixture.Db db) {
        List<String> statements = new ArrayList<>();
        statements.add("alter schema postevent_inbox rename to later_inbox");
        statements.add("delete from postevent_internal.schema_version where part = 'inbox'");
        for (int version = 1; version <= VERSION; version++) {
            statements.add(ddl(version));
            statements.add(
                    "insert into postevent_internal.schema_version (part, version) values ('inbox', " + version + ")");
        }
        statements.add(MOVE_ROWS);
        statements.add("drop schema later_inbox cascade");
        db.execute(statements.toArray(String[]::new));
    }

    private static String ddl(int version) {
        String resource = "/dev/postevent/internal/schema/inbox-00" + version + ".sql";
        try (InputStream in = FormerInbox.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
