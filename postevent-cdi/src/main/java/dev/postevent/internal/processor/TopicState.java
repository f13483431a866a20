package dev.postevent.internal.processor;

import org.jspecify.annotations.Nullable;

/**
 * What hinders a topic on its way to the processor, as its other stages tell it; each is null where nothing does.
 *
 * @param fault why it stands still until a person decides
 * @param blocker who holds its next position open at the source
 * @param notVisible what is committed at the source and not visible yet
 * @param trouble why its source cannot be read at the moment
 * @param feedDown why nothing brings its events as they come
 */
public record TopicState(
        @Nullable String fault,
        @Nullable String blocker,
        @Nullable String notVisible,
        @Nullable String trouble,
        @Nullable String feedDown) {
    /** Nothing hinders it. */
    public static final TopicState WELL = new TopicState(null, null, null, null, null);
}
