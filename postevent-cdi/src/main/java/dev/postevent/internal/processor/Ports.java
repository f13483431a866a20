package dev.postevent.internal.processor;

import dev.postevent.Notice;
import dev.postevent.internal.flow.EntrySource;
import java.util.function.Consumer;

/**
 * What a subscription reads and writes, and whom it tells.
 *
 * @param store its lanes
 * @param source the inbox
 * @param present where its topic is now, if it begins there
 * @param notices takes what the application may react to; never waits and never fails
 */
record Ports(LaneStore store, EntrySource source, Present present, Consumer<? super Notice> notices) {}
