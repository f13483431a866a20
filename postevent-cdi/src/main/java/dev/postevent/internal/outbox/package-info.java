/** Publishing in the caller's JTA transaction, and the readable event log of a topic with its settling and sealing. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.outbox;

import org.jspecify.annotations.NullMarked;
