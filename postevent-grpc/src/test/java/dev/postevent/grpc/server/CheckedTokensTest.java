package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.files.Reloaded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** G9: tokens that are being checked are few for each connection, and none is forgotten. */
class CheckedTokensTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<CheckedTokens.Result> results = new ArrayList<>();
    private final Gate gate = new Gate();

    private static CheckedTokens tokens(Executor executor) {
        Reloaded<JWKSet> keys = new Reloaded<>("keys", () -> "", JWKSet::new);
        assertThat(keys.look()).isTrue();
        ServerSettings.Token settings =
                new ServerSettings.Token("issuer", "audience", Path.of("unused"), null, null, Duration.ZERO);
        return new CheckedTokens(new TokenCheck(settings, keys::current), keys, executor);
    }

    @Test
    void aTokenForWhichThereIsNoThreadIsCheckedTheNextTime() {
        List<Error> none = new ArrayList<>(List.of(new OutOfMemoryError("unable to create native thread")));
        CheckedTokens tokens = tokens(task -> {
            if (!none.isEmpty()) {
                throw none.remove(0);
            }
            task.run();
        });
        tokens.check("a.b.c", gate, results::add);
        assertThat(results)
                .singleElement()
                .satisfies(result -> assertThat(result.ended()).isNotNull());
        tokens.check("a.b.c", gate, results::add);
        assertThat(results).hasSize(2);
        assertThat(results.get(1).refusal()).isNotNull();
    }

    @Test
    void aConnectionHasFourChecksAndCallsWithOneTokenShareOne() {
        CheckedTokens tokens = tokens(tasks::add);
        for (int i = 0; i < 5; i++) {
            tokens.check("a.b." + i, gate, results::add);
            tokens.check("a.b.0", gate, results::add);
        }
        assertThat(tasks).hasSize(4);
        assertThat(results)
                .singleElement()
                .satisfies(result -> assertThat(result.ended()).isEqualTo(Refusals.TOO_MANY_TOKENS));
        tokens.check("a.b.9", new Gate(), results::add);
        assertThat(tasks).as("of another connection").hasSize(5);

        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
        assertThat(results).hasSize(1 + 4 + 5 + 1);
        tokens.check("a.b.4", gate, results::add);
        assertThat(tasks).as("there is room again").hasSize(1);
    }
}
