package dev.postevent.internal.health;

import dev.postevent.StatusReport.ConsumerStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/** Remote consumers in an answer: how many each topic has, and those that are furthest behind. */
final class ConsumersTold {
    /** Who never reported a mark has lag -1 and comes last; names keep the order of equals the same in each answer. */
    private static final Comparator<ConsumerStatus> WORST_FIRST =
            Comparator.comparingLong(ConsumerStatus::lag).reversed().thenComparing(ConsumerStatus::name);

    private ConsumersTold() {}

    static void add(HealthCheckResponseBuilder response, List<ConsumerStatus> consumers, Disclosure disclosure) {
        Map<String, List<ConsumerStatus>> byTopic = new TreeMap<>();
        consumers.forEach(consumer -> byTopic.computeIfAbsent(consumer.topic(), topic -> new ArrayList<>())
                .add(consumer));
        byTopic.forEach((topic, all) -> {
            response.withData("consumers." + topic, all.size());
            List<ConsumerStatus> worst = all.stream()
                    .sorted(WORST_FIRST)
                    .limit(disclosure.consumersMax())
                    .toList();
            for (int i = 0; i < worst.size(); i++) {
                ConsumerStatus one = worst.get(i);
                String name = "consumer." + topic + "." + (disclosure.principals() ? one.name() : i + 1) + ".";
                response.withData(name + "mark", one.mark())
                        .withData(name + "lag", one.lag())
                        .withData(name + "connected", one.connected());
            }
        });
    }
}
