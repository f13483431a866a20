package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a shop publishes from a moment on, and what its observers make of that: so a test looks at its own events, whatever was before. */
final class History {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final Shop shop;
    private final long after;

    private History(Shop shop, long after) {
        this.shop = shop;
        this.after = after;
    }

    static History fromNow(Shop shop) {
        return new History(shop, shop.database().number("select coalesce(max(idn), 0) from postevent.orders"));
    }

    static History whole(Shop shop) {
        return new History(shop, 0);
    }

    /** Positions of its events. */
    List<Long> events() {
        return positions(
                "select idn::text from postevent.orders where kind = 'e' and idn > " + after + " order by idn");
    }

    /** The ids of its events from this source, in the order in which they were published. */
    List<String> ids(String source) {
        return shop.database()
                .texts("select id from postevent.orders where kind = 'e' and idn > " + after + " and source = '"
                        + source + "' order by idn");
    }

    /** Those of its events that a subscription holds. */
    List<Long> held(String subscription) {
        return positions("select idn::text from postevent_inbox.held_event where subscription = '" + subscription
                + "' and idn > " + after + " order by idn");
    }

    private List<Long> positions(String sql) {
        return shop.database().texts(sql).stream().map(Long::valueOf).toList();
    }

    /** What a subscription's observer wrote for its events, in commit order. */
    List<Shop.Effect> effects(String subscription) {
        return mine(shop.effects(subscription));
    }

    private List<Shop.Effect> mine(List<Shop.Effect> all) {
        return all.stream().filter(effect -> effect.position() > after).toList();
    }

    /** Waits until both subscriptions have handled all of it, and looks whether they did so once and in order. */
    void awaitHandled() {
        awaitHandled("shipping", List.of());
        awaitHandled("billing", List.of());
    }

    /** The same of one subscription, with events that it leaves out. */
    void awaitHandled(String subscription, List<Long> without) {
        List<Long> expected = new ArrayList<>(events());
        expected.removeAll(without);
        await(subscription)
                .atMost(LONG)
                .until(() -> shop.database()
                                .number("select count(*) from shop." + subscription + "_effect where position > "
                                        + after)
                        >= expected.size());
        List<Shop.Effect> all = shop.effects(subscription);
        assertThat(mine(all))
                .as("events that %s handled", subscription)
                .extracting(Shop.Effect::position)
                .containsExactlyInAnyOrderElementsOf(expected);
        assertOnceAndInOrder(subscription, all);
    }

    private static void assertOnceAndInOrder(String subscription, List<Shop.Effect> all) {
        Set<Long> positions = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (Shop.Effect effect : all) {
            assertThat(positions.add(effect.position()))
                    .as("%s twice in %s", effect, subscription)
                    .isTrue();
            if (effect.subject() != null) {
                Long before = last.put(effect.subject(), effect.position());
                assertThat(before == null || before < effect.position())
                        .as("%s after position %s in %s", effect, before, subscription)
                        .isTrue();
            }
        }
    }
}
