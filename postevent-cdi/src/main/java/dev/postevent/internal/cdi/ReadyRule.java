package dev.postevent.internal.cdi;

import dev.postevent.StatusReport;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether an application gets requests although something is wrong: the faults are told either way.
 *
 * @param ownTopics those whose tables are in this application's database
 */
record ReadyRule(WithFaults withFaults, Set<String> ownTopics) {

    ReadyRule {
        ownTopics = Set.copyOf(ownTopics);
    }

    enum WithFaults {
        /**
         * By role. Who publishes is ready as long as it can: a feed or an observer that is broken delays events, and to take
         * every node out of balancing would stop the business as well. Who only receives is not: nothing else is asked of it.
         */
        AUTO,
        TRUE,
        FALSE
    }

    boolean isReady(StatusReport report) {
        return report.faults().isEmpty()
                || switch (withFaults) {
                    case TRUE -> true;
                    case FALSE -> false;
                    case AUTO -> !ownTopics.isEmpty() && canPublish(report);
                };
    }

    /** All tables are there and can be asked; before the start is over no head is known, or no topic at all. */
    private boolean canPublish(StatusReport report) {
        return report.topics().stream()
                .filter(topic -> topic.head().isPresent())
                .map(StatusReport.TopicStatus::name)
                .collect(Collectors.toSet())
                .containsAll(ownTopics);
    }
}
