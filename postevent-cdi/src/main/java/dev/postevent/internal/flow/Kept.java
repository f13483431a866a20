package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox keeps of a topic that its source can be held against.
 *
 * @param copied false if entries are read where they are published, and so are the source's own
 * @param last the last event that was copied at or below the position that was asked for; null: none
 * @param handled how far subscriptions have come, with what is held, be it beyond the mark
 * @param begun through which position subscriptions that began now pass over what the source has, be it beyond the mark
 */
public record Kept(boolean copied, @Nullable LogEntry last, long handled, long begun) {}
