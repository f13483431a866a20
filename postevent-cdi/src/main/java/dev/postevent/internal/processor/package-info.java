/** Durable subscriptions: lanes, batches, attempts, held subjects, parked events. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.processor;

import org.jspecify.annotations.NullMarked;
