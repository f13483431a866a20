package dev.postevent.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine's language may have digits of its own; PostgreSQL reads one kind. */
class OtherDigitsTest {
    private final Locale before = Locale.getDefault();

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-u-nu-arab", "fa", "th-TH-u-nu-thai", "tr"})
    void theDdlIsTheSameInEveryLanguage(String language) {
        List<TopicName> topics = List.of(new TopicName("orders"));
        Locale.setDefault(Locale.ROOT);
        String expected = Schema.ddl(topics);
        Locale.setDefault(Locale.forLanguageTag(language));
        assertThat(Schema.ddl(topics)).isEqualTo(expected).contains("values ('topic:orders', 5);");
    }
}
