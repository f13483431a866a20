/**
 * What Debezium and Kafka log through SLF4J, handed to {@link java.lang.System.Logger}. Found by SLF4J as a service provider; nobody
 * else depends on it.
 */
@NullMarked
package dev.postevent.internal.feed.log;

import org.jspecify.annotations.NullMarked;
