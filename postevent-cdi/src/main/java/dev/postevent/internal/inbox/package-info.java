/** The consumer's store: idempotent batch writes, range reads, the durable high-water mark, the origin of each topic. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.inbox;

import org.jspecify.annotations.NullMarked;
