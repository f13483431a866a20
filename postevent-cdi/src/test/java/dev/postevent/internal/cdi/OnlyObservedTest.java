package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A name that is misspelt where it is observed would be a topic of its own, in which nothing ever comes. */
class OnlyObservedTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName ORDRES = new TopicName("ordres");
    private static final TopicName PAYMENTS = new TopicName("payments");

    private static List<String> told(Set<TopicName> topics, Set<TopicName> meant, Set<TopicName> before) {
        return new OnlyObserved(meant, List.of()).told(topics, before);
    }

    @Test
    void aNewNameNearOneThatIsPublishedToIsToldWithThat() {
        assertThat(told(Set.of(ORDERS, ORDRES), Set.of(ORDERS), Set.of()))
                .singleElement()
                .asString()
                .startsWith("topic ordres is new")
                .contains("did you mean 'orders'? If", "drop table postevent.\"ordres\"");
    }

    @Test
    void aShortNameIsNearOneThatIsAlmostTheSame() {
        TopicName jobs = new TopicName("jobs");
        assertThat(told(Set.of(new TopicName("mail")), Set.of(jobs), Set.of()))
                .singleElement()
                .asString()
                .contains("publishes to it. If")
                .doesNotContain("did you mean");
        assertThat(told(Set.of(new TopicName("job")), Set.of(jobs), Set.of()))
                .singleElement()
                .asString()
                .contains("did you mean 'jobs'?");
    }

    @Test
    void theNearestMayBeOneThatTheDatabaseHas() {
        assertThat(told(Set.of(ORDRES), Set.of(), Set.of(ORDERS, PAYMENTS)))
                .singleElement()
                .asString()
                .contains("did you mean 'orders'?");
    }

    @Test
    void whereNoneIsNearItIsToldAllTheSame() {
        assertThat(told(Set.of(PAYMENTS), Set.of(ORDERS), Set.of()))
                .singleElement()
                .asString()
                .contains("topic payments is new")
                .doesNotContain("did you mean");
    }

    @Test
    void whatSomebodyPublishesToNamedOrMadeIsMeant() {
        assertThat(told(Set.of(ORDERS, PAYMENTS), Set.of(ORDERS), Set.of(PAYMENTS)))
                .isEmpty();
    }
}
