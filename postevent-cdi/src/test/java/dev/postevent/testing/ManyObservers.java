package dev.postevent.testing;

import dev.postevent.Subscription;
import dev.postevent.Topic;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.configurator.AnnotatedMethodConfigurator;
import jakarta.enterprise.util.AnnotationLiteral;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Adds a bean class many times, each with a subscription of its own, whose topics take turns.
 *
 * @param template has one observer, with {@code @Subscription}, whose first parameter has {@code @Topic}; both get other values
 */
public record ManyObservers(Class<?> template, int subscriptions, int topics) implements Extension {

    /** Name of a topic; the first is 0. */
    public static String topic(int number) {
        return "many" + number;
    }

    /** Names of all topics, as {@code postevent.topics.names} takes them. */
    public String topicNames() {
        return IntStream.range(0, topics).mapToObj(ManyObservers::topic).collect(Collectors.joining(","));
    }

    void add(@Observes BeforeBeanDiscovery discovery) {
        for (int i = 0; i < subscriptions; i++) {
            int number = i;
            discovery
                    .addAnnotatedType(template, "many" + number)
                    .filterMethods(method -> method.isAnnotationPresent(Subscription.class))
                    .forEach(method -> name(method, number));
        }
    }

    private void name(AnnotatedMethodConfigurator<?> method, int number) {
        method.remove(annotation -> annotation.annotationType() == Subscription.class)
                .add(new Named("many-" + number));
        method.params()
                .get(0)
                .remove(annotation -> annotation.annotationType() == Topic.class)
                .add(Topic.Literal.of(topic(number % topics)));
    }

    /** A subscription's name. */
    private static final class Named extends AnnotationLiteral<Subscription> implements Subscription {
        private static final long serialVersionUID = 1L;

        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public String value() {
            return name;
        }

        @Override
        public boolean atLeastOnce() {
            return false;
        }

        @Override
        public Start start() {
            return Start.BEGINNING;
        }
    }
}
