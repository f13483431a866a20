package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.internal.outbox.Outbox;
import dev.postevent.internal.outbox.Sent;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.spi.TopicName;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What it takes to publish. Has no threads, so that whatever begins before the application's own start may make it. */
final class Publishing {
    private final LazyJsonb jsonb = new LazyJsonb();
    private final Payloads payloads;
    private final Outbox outbox;
    private final OutboxTables tables;

    /** {@code telemetry} is told what is committed, from its begin on. */
    Publishing(Plan plan, Telemetry telemetry) {
        DataSource dataSource = plan.outboxDataSource();
        TransactionSynchronizationRegistry registry = plan.resources().synchronizationRegistry();
        this.payloads = new Payloads(plan.source(), jsonb::get, InstantSource.system());
        this.outbox =
                new Outbox(plan.outbox(), dataSource, registry, plan.resources().userTransaction(), plan.localTopics());
        this.outbox.countBy(new Counted(telemetry));
        this.tables = new OutboxTables(
                plan.localTopics(),
                dataSource,
                plan.schemaMode(),
                registry,
                plan.container().outsideTransaction(),
                plan::onlyObserved);
    }

    OutboxTables tables() {
        return tables;
    }

    Outbox outbox() {
        return outbox;
    }

    Payloads payloads() {
        return payloads;
    }

    Jsonb jsonb() {
        return jsonb.get();
    }

    void close() {
        jsonb.close();
    }

    private record Counted(Telemetry telemetry) implements Sent {
        @Override
        public boolean isCounted() {
            return telemetry.isOn();
        }

        @Override
        public void committed(TopicName topic, long events) {
            telemetry.sent(topic, events);
        }
    }

    /** One Jsonb for all, made when first needed. */
    private static final class LazyJsonb {
        private @Nullable Jsonb made;

        synchronized Jsonb get() {
            Jsonb jsonb = made;
            if (jsonb == null) {
                jsonb = JsonbBuilder.create();
                made = jsonb;
            }
            return jsonb;
        }

        synchronized void close() {
            Jsonb jsonb = made;
            if (jsonb != null) {
                made = null;
                try {
                    jsonb.close();
                } catch (Exception e) {
                    throw new PosteventException("PSTEV20021", "could not close JSON-B: " + e, e);
                }
            }
        }
    }
}
