package dev.postevent.internal.outbox;

import dev.postevent.spi.TopicName;

/** Who counts what was published. */
public interface Sent {
    /** Nobody does. */
    Sent NOBODY = new Sent() {
        @Override
        public boolean isCounted() {
            return false;
        }

        @Override
        public void committed(TopicName topic, long events) {
            // nobody wants to know
        }
    };

    /** False if nobody does right now: then no transaction is watched for it. */
    boolean isCounted();

    /** So many events of a topic were committed, on whatever thread the transaction manager tells that. */
    void committed(TopicName topic, long events);
}
