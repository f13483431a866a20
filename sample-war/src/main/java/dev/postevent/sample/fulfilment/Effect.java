package dev.postevent.sample.fulfilment;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One row an observer wrote.
 *
 * @param effect running number in commit order; 0 before it is written
 * @param topic where the event came from
 * @param position its place there
 * @param eventId its CloudEvents id
 * @param subject its CloudEvents subject
 * @param attempt which try succeeded
 */
public record Effect(
        long effect,
        String topic,
        long position,
        String eventId,
        @Nullable String subject,
        int attempt) implements Serializable {}
