package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;

/**
 * What a subscription reads and writes.
 *
 * @param store its lanes
 * @param source the inbox
 * @param present where its topic is now, if it begins there
 */
record Ports(LaneStore store, EntrySource source, Present present) {}
