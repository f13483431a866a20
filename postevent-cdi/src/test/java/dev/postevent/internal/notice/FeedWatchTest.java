package dev.postevent.internal.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.spi.Feed;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.Feed.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A feed is told to be down once, and up once. */
final class FeedWatchTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private final List<Notice> notices = new ArrayList<>();
    private boolean overdue;
    private final FeedWatch watch = new FeedWatch(status -> overdue && status.state() == State.RETRYING, notices::add);

    private static Status status(State state, int second) {
        return Status.of(Feed.Kind.STREAM, "pigeon", NOON).in(state, "no wind", NOON.plusSeconds(second));
    }

    private void is(State state, int second) {
        watch.are(Map.of("orders", status(state, second)));
    }

    @Test
    void itIsToldOnceThatItIsDownAndOnceThatItIsUp() {
        is(State.STREAMING, 0);
        is(State.RETRYING, 1);
        assertThat(notices).as("within the grace").isEmpty();
        overdue = true;
        is(State.RETRYING, 1);
        is(State.RETRYING, 1);
        Notice down = new Told.FeedDown("orders", "pigeon", NOON.plusSeconds(1), Optional.of("no wind"));
        assertThat(notices).containsExactly(down);
        is(State.STARTING, 40);
        is(State.RETRYING, 41);
        assertThat(notices).as("it only tried").containsExactly(down);
        is(State.STREAMING, 50);
        is(State.STREAMING, 50);
        assertThat(notices).containsExactly(down, new Told.FeedUp("orders", "pigeon", NOON.plusSeconds(1)));
    }

    @Test
    void itIsUpAsWellWhereAnotherNodeStreamsByNow() {
        overdue = true;
        is(State.RETRYING, 1);
        is(State.STANDBY, 2);
        assertThat(notices).hasSize(2).last().isInstanceOf(Notice.FeedUp.class);
    }

    @Test
    void oneThatWasNeverDownIsNotToldToBeUp() {
        is(State.RETRYING, 1);
        is(State.STREAMING, 2);
        assertThat(notices).isEmpty();
    }

    @Test
    void eachFeedIsItsOwn() {
        overdue = true;
        watch.are(Map.of("a", status(State.RETRYING, 1), "b", status(State.STREAMING, 1)));
        watch.are(Map.of("a", status(State.STREAMING, 2), "b", status(State.RETRYING, 2)));
        assertThat(notices)
                .extracting(notice -> notice instanceof Notice.FeedDown down
                        ? "down " + down.feed()
                        : "up " + ((Notice.FeedUp) notice).feed())
                .startsWith("down a")
                .containsExactlyInAnyOrder("down a", "up a", "down b");
    }
}
