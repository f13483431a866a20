package dev.postevent.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    /** Turns the direction of what follows. */
    private static final String TURN = "\u202e";

    @Test
    void aQuotedValueShowsWhichItIsAndWhereItEnds() {
        assertThat(Printable.quoted("a 'b' \\ \u00e4\n" + TURN))
                .isEqualTo("'a \\u0027b\\u0027 \\u005c \\u00e4\\u000a\\u202e'");
        assertThat(Printable.quoted("x".repeat(100))).isEqualTo("'" + "x".repeat(80) + "...' (100 characters)");
    }

    @Test
    void textKeepsItsScriptAndShowsWhatIsInvisible() {
        assertThat(Printable.text("M\u00fcller \ud83d\ude00\n\u0000" + TURN, 100))
                .isEqualTo("M\u00fcller \ud83d\ude00\\u000a\\u0000\\u202e");
        assertThat(Printable.text("\ud83d\ude00".repeat(5), 3)).isEqualTo("\ud83d\ude00".repeat(3) + "...");
        assertThat(Printable.text(null, 3)).isEqualTo("null");
        assertThat(Printable.text("a b\u00a0c\u3000d\u3164e\u2800", 100))
                .as("one space is known, others look like it or like nothing")
                .isEqualTo("a b\\u00a0c\\u3000d\\u3164e\\u2800");
    }

    @Test
    void whatHasLinesBecomesOne() {
        assertThat(Printable.line("FATAL\r\n  no\tconnection" + TURN, 100)).isEqualTo("FATAL no connection\\u202e");
    }
}
