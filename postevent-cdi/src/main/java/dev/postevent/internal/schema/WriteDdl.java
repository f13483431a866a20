package dev.postevent.internal.schema;

import dev.postevent.PosteventException;
import dev.postevent.spi.TopicName;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the DDL to standard output, for Flyway, Liquibase or a person: {@code java -jar postevent-cdi.jar orders invoices >
 * V1__postevent.sql}. The arguments are the topics. Exit code 2 and a message on standard error for a name that is none.
 */
public final class WriteDdl {

    private WriteDdl() {}

    /** See the class. */
    public static void main(String[] args) {
        List<TopicName> topics;
        try {
            topics = Arrays.stream(args).map(TopicName::new).toList();
        } catch (PosteventException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.print(Schema.ddl(topics));
        out.flush();
    }
}
