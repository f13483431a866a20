/** The feed that streams from a replication slot, by embedded Debezium. */
@NullMarked
package dev.postevent.internal.feed.debezium;

import org.jspecify.annotations.NullMarked;
