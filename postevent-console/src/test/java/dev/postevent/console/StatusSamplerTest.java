package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.Explanation;
import dev.postevent.Subscriptions.Status;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Asked at times of the test's own; what is asked answers with how often it was. */
class StatusSamplerTest {
    private long nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(10); // it may pass the end
    private long handled;
    private int asked;
    private final StatusSampler sampler = new StatusSampler(subscriptions(), () -> nanos);

    private Subscriptions subscriptions() {
        return answering(Subscriptions.class, name -> {
            if (name.equals("report")) {
                asked++;
                return answering(StatusReport.class, of -> of.equals("subscriptions") ? List.of(status()) : List.of());
            }
            return answering(Explanation.class, of -> "none");
        });
    }

    private Status status() {
        long now = handled;
        return answering(Status.class, of -> switch (of) {
            case "name" -> "billing";
            case "handled" -> now;
            case "lag" -> 7L;
            default -> throw new AssertionError(of);
        });
    }

    private static <T> T answering(Class<T> type, java.util.function.Function<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, args) -> answers.apply(method.getName())));
    }

    private StatusSampler.Row after(Duration time) {
        nanos += time.toNanos();
        return sampler.latest().rows().get(0);
    }

    @Test
    void whoeverLooksAtTheSameTimeIsToldTheSame() {
        for (int i = 0; i < 10; i++) {
            after(Duration.ofMillis(199));
        }
        assertThat(asked).isEqualTo(1);
        after(Duration.ofMillis(300));
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void theRateIsThatOfTheLastHalfMinute() {
        assertThat(after(Duration.ZERO).rate()).as("nothing to compare with").isEmpty();
        for (int i = 0; i < 20; i++) {
            handled += 500;
            after(Duration.ofSeconds(5));
        }
        for (int i = 0; i < 6; i++) {
            handled += 50;
            after(Duration.ofSeconds(5));
        }
        assertThat(after(Duration.ofSeconds(2)).rate().orElseThrow()).isCloseTo(10, within(1.5));
    }

    @Test
    void afterAReplayThereIsNoRateUntilThereIsOne() {
        handled = 1_000;
        after(Duration.ZERO);
        handled = 3;
        assertThat(after(Duration.ofSeconds(5)).rate()).isEmpty();
    }

    @Test
    void thePastHasAPointEachStepAndAnEnd() {
        for (int i = 0; i < 400; i++) {
            after(Duration.ofSeconds(3));
        }
        List<StatusSampler.Point> few = after(Duration.ofSeconds(3)).history();
        List<StatusSampler.Point> all = sampler.history("billing");
        assertThat(all).hasSizeBetween(140, StatusSampler.POINTS_MAX);
        assertThat(all.get(0).lag()).isEqualTo(7);
        assertThat(few).hasSizeBetween(40, StatusSampler.CURVE_POINTS_MAX);
        assertThat(few.get(few.size() - 1)).isEqualTo(all.get(all.size() - 1));
        assertThat(sampler.history("nobody")).isEmpty();
        assertThat(after(Duration.ofHours(1)).history())
                .as("nobody looked for an hour")
                .hasSize(1);
    }
}
