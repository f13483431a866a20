package dev.postevent.internal.health;

import dev.postevent.StatusReport.ConsumerStatus;
import dev.postevent.StatusReport.TopicStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Remote consumers in an answer: how many each topic has, and those that are furthest behind. */
final class ConsumersTold {
    /** Whose lag is not known comes last; names keep the order of equals the same in each answer. */
    private static final Comparator<ConsumerStatus> WORST_FIRST =
            Comparator.comparingLong(ConsumersTold::lag).reversed().thenComparing(ConsumerStatus::name);

    private ConsumersTold() {}

    private static long lag(ConsumerStatus consumer) {
        return consumer.lag().orElse(ReadinessProbe.UNKNOWN);
    }

    static void add(HealthData data, List<TopicStatus> topics, List<ConsumerStatus> consumers, Disclosure disclosure) {
        Map<String, List<ConsumerStatus>> byTopic = new TreeMap<>();
        consumers.forEach(consumer -> byTopic.computeIfAbsent(consumer.topic(), topic -> new ArrayList<>())
                .add(consumer));
        for (int i = 0; i < topics.size(); i++) {
            List<ConsumerStatus> of = byTopic.get(topics.get(i).name());
            if (of != null) {
                data.number(HealthKey.TOPIC_CONSUMERS, of.size(), i + 1);
            }
        }
        int number = 0;
        for (List<ConsumerStatus> all : byTopic.values()) {
            List<ConsumerStatus> worst = all.stream()
                    .sorted(WORST_FIRST)
                    .limit(disclosure.consumersMax())
                    .toList();
            for (ConsumerStatus one : worst) {
                number++;
                data.text(HealthKey.CONSUMER_TOPIC, one.topic(), number)
                        .text(HealthKey.CONSUMER_NAME, disclosure.principals() ? one.name() : null, number)
                        .number(HealthKey.CONSUMER_MARK, one.mark().orElse(ReadinessProbe.UNKNOWN), number)
                        .number(HealthKey.CONSUMER_LAG, lag(one), number)
                        .flag(HealthKey.CONSUMER_CONNECTED, one.connected(), number);
            }
        }
    }
}
