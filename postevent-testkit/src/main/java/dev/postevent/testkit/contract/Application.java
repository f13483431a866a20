package dev.postevent.testkit.contract;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadFactory;

/** The application around a transport: its own topics are empty, and it has received nothing. */
record Application(ThreadFactory threads) implements Transport.Surroundings {
    @Override
    public String application() {
        return "contract";
    }

    @Override
    public String node() {
        return "node-1";
    }

    @Override
    public EventLog log() {
        return new Empty();
    }

    @Override
    public Transport.Marks marks() {
        return new Forgotten();
    }

    @Override
    public OptionalLong received(TopicName topic) {
        return OptionalLong.empty();
    }

    private static final class Empty implements EventLog {
        @Override
        public Origin origin(TopicName topic) {
            return Origin.of("contract", 1, 1);
        }

        @Override
        public long head(TopicName topic) {
            return 0;
        }

        @Override
        public long settled(TopicName topic) {
            return 0;
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            return Range.of(List.of(), after);
        }
    }

    /** Takes what consumers tell, and keeps nothing. */
    private static final class Forgotten implements Transport.Marks {
        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            return true;
        }

        @Override
        public List<ConsumerMark> all() {
            return List.of();
        }
    }
}
