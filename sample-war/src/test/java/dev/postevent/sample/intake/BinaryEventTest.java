package dev.postevent.sample.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a header of binary mode stands for: HTTP binding 1.0.2, 3.1.3.2. */
class BinaryEventTest {

    @Test
    void valuesArePercentDecodedOnce() throws Exception {
        assertThat(decoded("plain")).isEqualTo("plain");
        assertThat(decoded("Euro%20%E2%82%AC%20%F0%9F%98%80")).isEqualTo("Euro € 😀");
        assertThat(decoded("%e2%82%ac")).as("small letters").isEqualTo("€");
        assertThat(decoded("%41%2d")).as("what need not be encoded").isEqualTo("A-");
        assertThat(decoded("%2541")).as("once").isEqualTo("%41");
        assertThat(decoded("a b+c"))
                .as("a space of an older sender, and no form's plus")
                .isEqualTo("a b+c");
    }

    @Test
    void quotedValuesOfOlderSendersAreUnquotedFirst() throws Exception {
        assertThat(decoded("\"two words\"")).isEqualTo("two words");
        assertThat(decoded("\"say \\\"hi\\\" \\\\ \\x\"")).isEqualTo("say \"hi\" \\ x");
        assertThat(decoded("\"100%25\"")).isEqualTo("100%");
        assertThat(decoded("\"\\%41\"")).as("unescaped, then decoded").isEqualTo("A");
        assertThat(decoded("\"\"")).isEmpty();
        assertThat(decoded("%22a%22"))
                .as("encoded quotes are part of the value")
                .isEqualTo("\"a\"");
        assertThat(decoded("5\" pipe")).isEqualTo("5\" pipe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"100%", "%", "%4", "5%off", "%zz", "%+1", "a%\u0664\u0661"})
    void aPercentSignThatIsNoEscapeIsRefused(String value) {
        refused(value, "%25");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C0%A0", "%FF", "%E2%82", "%ED%A0%80"})
    void whatIsNotUtf8IsRefused(String value) {
        refused(value, "not percent-encoded UTF-8");
    }

    /** Servers read such bytes differently: here as ISO 8859-1, there as UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"caf\u00c3\u00a9", "caf\u00e9", "a\tb", "%41\u20ac"})
    void whatHasToBeEncodedAndIsNotIsRefused(String value) {
        refused(value, "percent-encoded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "\"open", "\"a\\\"", "\"a\" b", "\"a\\"})
    void aQuoteThatIsNotClosedAtTheEndIsRefused(String value) {
        refused(value, "begins with a quote");
    }

    private static String decoded(String value) throws Malformed {
        return BinaryEvent.decoded("ce-subject", value);
    }

    private static void refused(String value, String rule) {
        assertThatThrownBy(() -> decoded(value))
                .as(value)
                .isInstanceOf(Malformed.class)
                .hasMessageContaining("ce-subject")
                .hasMessageContaining(rule);
    }
}
