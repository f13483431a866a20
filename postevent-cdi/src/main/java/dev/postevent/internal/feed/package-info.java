/** Live flow of committed rows: Debezium, or polling for a database without logical decoding; fan-out to live observers. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.feed;

import org.jspecify.annotations.NullMarked;
