package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules find what they are there for. */
class KeyRulesTest {

    @Test
    void findTwoKeysThatAreOneVariable() {
        assertThat(KeyRules.oneVariable(List.of("postevent.grpc.client-ca-file", "postevent.grpc.client.ca-file")))
                .hasSize(2);
        assertThat(KeyRules.oneVariable(
                        List.of("postevent.topics.<topic>.remote.key-file", "postevent.topics.<topic>.key-file")))
                .as("the first key of topic a is the second one of topic a_remote")
                .hasSize(1);
        assertThat(KeyRules.oneVariable(List.of("postevent.topics.<topic>.inbox", "postevent.topics.all-inbox")))
                .hasSize(1);
        assertThat(KeyRules.oneVariable(List.of(
                        "postevent.subscriptions.<subscription>.max",
                        "postevent.subscriptions.<subscription>.held-max")))
                .hasSize(1);
        assertThat(KeyRules.oneVariable(List.of(
                        "postevent.subscriptions.<subscription>.lanes", "postevent.subscriptions.defaults.lanes")))
                .as("no subscription can be called so")
                .isEmpty();
    }

    @Test
    void findAKeyThatHasAnotherOneBelowIt() {
        assertThat(KeyRules.valueAndParent(List.of("postevent.topics", "postevent.topics.<topic>.remote")))
                .hasSize(1);
        assertThat(KeyRules.valueAndParent(
                        List.of("postevent.topics.<topic>.remote", "postevent.topics.<topic>.remote.token")))
                .hasSize(1);
        assertThat(KeyRules.valueAndParent(List.of("postevent.topics.<topic>", "postevent.topics.shop.remote")))
                .hasSize(1);
        assertThat(KeyRules.valueAndParent(List.of("postevent.topics.names", "postevent.topics.<topic>.remote.uri")))
                .as("a topic that is called so has no keys")
                .isEmpty();
    }

    @Test
    void findANameWithAUnit() {
        assertThat(KeyRules.withUnit(List.of("postevent.lease-millis", "postevent.lease", "postevent.x-max-bytes")))
                .containsExactly("postevent.lease-millis", "postevent.x-max-bytes");
    }

    @Test
    void findWhatIsOnOrOffInOtherWords() {
        assertThat(KeyRules.otherThanTrueAndFalse(List.of("true, false", "on, off", "auto, yes, no", "PEM file")))
                .containsExactly("on, off", "auto, yes, no");
    }

    @Test
    void tellBoundsFromOtherValues() {
        assertThat(List.of("1 to 9", "rows, 1 to 9", "duration, 0ms to 1d, whole seconds", "1 to 9, or unlimited"))
                .allMatch(KeyRules::areBounds);
        assertThat(List.of("create, none", "names, with commas", "a position, a time", "PEM file"))
                .noneMatch(KeyRules::areBounds);
        assertThat(KeyRules.bounds("duration, 0ms to 1d, whole seconds")).isEqualTo("0ms to 1d");
    }

    @Test
    void areAskedAllTogether() {
        assertThat(KeyRules.broken(
                        List.of("postevent.feed", "postevent.feed.url", "postevent.feed-url", "postevent.lease-millis"),
                        List.of("on, off", "ms, 1 to 2")))
                .hasSize(6);
    }
}
