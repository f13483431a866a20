package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** G9: who may have how many calls, and how much may be on its way to whom. */
class CallersTest {
    static ServerSettings.Limits limits(int calls, long untakenPerPrincipal, long untaken) {
        Duration any = Duration.ofSeconds(1);
        return new ServerSettings.Limits(
                new ServerSettings.Read(1, 1),
                new ServerSettings.PerPrincipal(calls, 1, untakenPerPrincipal),
                new ServerSettings.ConnectionLimits(1, any, any, any, any),
                1,
                1,
                untaken,
                any,
                any);
    }

    static Callers callers(int calls, long untakenPerPrincipal, long untaken) {
        return new Callers(limits(calls, untakenPerPrincipal, untaken));
    }

    @Test
    void aPlaceIsFreeWhenAllWhoHoldItHaveLeft() {
        Callers callers = callers(1, 100, 100);
        Callers.Place place = callers.enter("a");
        assertThat(place).isNotNull();
        place.hold();
        place.leave();
        assertThat(callers.enter("a")).isNull();
        assertThat(callers.enter("b")).isNotNull();
        place.leave();
        assertThat(callers.enter("a")).isNotNull();
    }

    @Test
    void aPrincipalHasSoMuchUntakenOverAllItsCalls() {
        Callers callers = callers(10, 100, 1_000);
        Callers.Place one = callers.enter("a");
        Callers.Place other = callers.enter("a");
        assertThat(one.send(60)).isTrue();
        assertThat(other.send(60)).isFalse();
        assertThat(other.send(40)).isTrue();
        assertThat(callers.untaken()).isEqualTo(100);
        one.taken();
        one.taken();
        assertThat(callers.untaken()).isEqualTo(40);
        assertThat(other.send(60)).isTrue();
    }

    @Test
    void theFirstMessageGoesWhateverItsSize() {
        Callers callers = callers(10, 100, 1_000);
        assertThat(callers.enter("a").send(5_000)).isTrue();
        assertThat(callers.enter("b").send(1))
                .as("more than all may have is out")
                .isFalse();
    }

    @Test
    void thoseWhoTakeNothingDoNotShutOutTheOthers() {
        Callers callers = callers(10, 400, 1_000);
        for (String deaf : List.of("a", "b", "c", "d")) {
            for (int call = 0; call < 4; call++) {
                boolean unused = callers.enter(deaf).send(100);
            }
        }
        Callers.Place well = callers.enter("well");
        assertThat(well.send(100)).isTrue();
        assertThat(callers.enter("well").send(100)).as("a second one at a time").isFalse();
        well.taken();
        assertThat(well.send(100)).isTrue();
    }

    @Test
    void neitherBoundIsEverPassedAndNothingIsForgotten() {
        Random random = new Random(7);
        Callers callers = callers(4, 300, 1_000);
        Map<Callers.Place, Long> model = new HashMap<>();
        List<Callers.Place> places = new ArrayList<>();
        for (int step = 0; step < 100_000; step++) {
            if (random.nextInt(4) == 0) {
                Callers.Place place = callers.enter("p" + random.nextInt(8));
                if (place != null) {
                    places.add(place);
                    model.put(place, 0L);
                }
            } else if (!places.isEmpty()) {
                Callers.Place place = places.get(random.nextInt(places.size()));
                long bytes = 1 + random.nextInt(200);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        if (place.send(bytes)) {
                            model.merge(place, bytes, Long::sum);
                        }
                    }
                    case 1 -> {
                        place.taken();
                        model.put(place, 0L);
                    }
                    default -> {
                        place.taken();
                        place.leave();
                        places.remove(place);
                        model.remove(place);
                    }
                }
            }
            long all = model.values().stream().mapToLong(Long::longValue).sum();
            assertThat(callers.untaken()).isEqualTo(all).isLessThanOrEqualTo(1_000);
            assertThat(places.size()).isLessThanOrEqualTo(8 * 4);
        }
    }
}
