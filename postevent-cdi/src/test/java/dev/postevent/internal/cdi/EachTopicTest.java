package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EachTopicTest {
    @Test
    void everyTopicIsCalledAndTheFirstFailureIsThrownWithTheOthers() {
        Map<TopicName, List<LogEntry>> batch = new TreeMap<>();
        for (String name : List.of("a", "b", "c", "d")) {
            batch.put(new TopicName(name), List.of());
        }
        List<String> called = new ArrayList<>();
        assertThatThrownBy(() -> EachTopic.of(batch, (topic, entries) -> {
                    called.add(topic.value());
                    if (!topic.value().equals("b")) {
                        throw new IllegalStateException("topic " + topic);
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("topic a")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("topic c", "topic d"));
        assertThat(called).containsExactly("a", "b", "c", "d");
    }
}
