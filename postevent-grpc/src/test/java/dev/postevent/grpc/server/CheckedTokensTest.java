package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.Tokens;
import dev.postevent.grpc.files.Reloaded;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
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
    private final List<Found> results = new ArrayList<>();
    private final Gate gate = new Gate();

    private static CheckedTokens tokens(Executor executor) {
        Reloaded<JWKSet> keys = new Reloaded<>("keys", () -> "", JWKSet::new);
        assertThat(keys.look()).isTrue();
        ServerSettings.Token settings =
                new ServerSettings.Token("issuer", "audience", Path.of("unused"), null, null, Duration.ZERO);
        return new CheckedTokens(
                new TokenCheck(settings, keys::current, Clock.systemUTC()), keys, executor, Clock.systemUTC());
    }

    /** A thousand streams have one token: it is looked at once, whatever is found. */
    @Test
    void whatIsFoundOfATokenIsFoundForAllThatItLetIn() throws CredentialException {
        Tokens issuer = new Tokens();
        ECKey key = new ECKey.Builder(Curve.P_256, (ECPublicKey) issuer.keys().getPublic()).build();
        List<JWKSet> files = new ArrayList<>(List.of(new JWKSet(key), new JWKSet(key), new JWKSet()));
        Reloaded<JWKSet> keys = new Reloaded<>("keys", files::size, () -> files.get(0));
        assertThat(keys.look()).isTrue();
        List<JWKSet> asked = new ArrayList<>();
        MovableClock clock = new MovableClock();
        TokenCheck check = new TokenCheck(
                new ServerSettings.Token(Tokens.ISSUER, Tokens.AUDIENCE, Path.of("unused"), null, null, Duration.ZERO),
                () -> {
                    asked.add(keys.current());
                    return keys.current();
                },
                clock);
        CheckedTokens tokens = new CheckedTokens(check, keys, tasks::add, clock);
        String token = issuer.valid("warehouse");
        for (int i = 0; i < 1_000; i++) {
            assertThat(tokens.again(token).principal()).isEqualTo("token:warehouse");
        }
        assertThat(asked).hasSize(1);

        files.remove(0);
        assertThat(keys.look()).isTrue();
        assertThat(tokens.again(token).principal()).isEqualTo("token:warehouse");
        assertThat(tokens.again(token).principal()).isEqualTo("token:warehouse");
        assertThat(asked).as("keys that were read anew").hasSize(2);

        clock.move(Duration.ofMinutes(6));
        isRefused(tokens, token);
        assertThat(asked).as("it has expired").hasSize(3);

        files.remove(0);
        assertThat(keys.look()).isTrue();
        isRefused(tokens, token);
        assertThat(asked).as("its key is gone").hasSize(4);
    }

    private static void isRefused(CheckedTokens tokens, String token) {
        for (int i = 0; i < 1_000; i++) {
            assertThatThrownBy(() -> tokens.again(token)).isInstanceOf(CredentialException.class);
        }
    }

    @Test
    void aCallWithATokenThatEndedStreamsIsLookedAtAnew() {
        CheckedTokens tokens = tokens(tasks::add);
        assertThatThrownBy(() -> tokens.again("a.b.c")).isInstanceOf(CredentialException.class);
        tokens.check("a.b.c", gate, results::add);
        assertThat(tasks).hasSize(1);
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
