package dev.postevent.internal.processor;

import dev.postevent.internal.processor.SubscriptionSpec.OnFailure;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.TopicName;
import java.time.Duration;

/** A subscription for tests, which say only what they are about. */
final class SpecBuilder {
    private final String name;
    private final SubscriptionSpec.Handler handler;
    private TopicName topic = new TopicName("orders");
    private Start start = Start.BEGINNING;
    private int lanes = 8;
    private int concurrency = 4;
    private int batchMax = 50;
    private GiveUp giveUp = new GiveUp(3, null);
    private Backoff backoff = new Backoff(Duration.ofMillis(5), 2, Duration.ofMillis(50));
    private OnFailure onFailure = OnFailure.HOLD;
    private int heldMax = 100;
    private long bufferMaxBytes = 1 << 20;

    SpecBuilder(String name, SubscriptionSpec.Handler handler) {
        this.name = name;
        this.handler = handler;
    }

    SpecBuilder topic(TopicName of) {
        topic = of;
        return this;
    }

    SpecBuilder start(Start at) {
        start = at;
        return this;
    }

    SpecBuilder lanes(int number) {
        lanes = number;
        return this;
    }

    SpecBuilder concurrency(int most) {
        concurrency = most;
        return this;
    }

    SpecBuilder batchMax(int most) {
        batchMax = most;
        return this;
    }

    SpecBuilder giveUp(GiveUp after) {
        giveUp = after;
        return this;
    }

    SpecBuilder backoff(Backoff waits) {
        backoff = waits;
        return this;
    }

    /** The same wait after each attempt. */
    SpecBuilder backoff(Duration wait) {
        return backoff(new Backoff(wait, 1, wait));
    }

    SpecBuilder blocking() {
        onFailure = OnFailure.BLOCK;
        return this;
    }

    SpecBuilder heldMax(int most) {
        heldMax = most;
        return this;
    }

    SpecBuilder bufferMaxBytes(long most) {
        bufferMaxBytes = most;
        return this;
    }

    SubscriptionSpec build() {
        return new SubscriptionSpec(
                name,
                topic,
                start,
                lanes,
                new SubscriptionSpec.Retry(giveUp, backoff, onFailure),
                new SubscriptionSpec.Limits(concurrency, batchMax, heldMax, bufferMaxBytes, Duration.ofSeconds(30)),
                true,
                handler);
    }
}
