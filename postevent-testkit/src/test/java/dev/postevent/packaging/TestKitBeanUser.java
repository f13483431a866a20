package dev.postevent.packaging;

import dev.postevent.EventType;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testkit.DeliverySimulation;
import dev.postevent.testkit.Effects;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;

/** A user of the test kit with a bean, who has nothing of this module but the two jars. */
public final class TestKitBeanUser {
    private final Effects effects;

    private TestKitBeanUser(Effects effects) {
        this.effects = effects;
    }

    @Subscription("user")
    void on(@Observes @Topic("orders") @EventType("text") String text) throws SQLException {
        effects.put(text, "handled");
    }

    /** Runs it, and says how many events it got. */
    public static long run() {
        return DeliverySimulation.of(TestKitBeanUser::new)
                .events(number -> CloudEventBuilder.v1()
                        .withId("any")
                        .withSource(URI.create("/any"))
                        .withType("text")
                        .withData("application/json", ("\"" + number + "\"").getBytes(StandardCharsets.UTF_8))
                        .build())
                .seeds(0, 10)
                .run()
                .events();
    }
}
