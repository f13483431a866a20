/** Publishing in the caller's JTA transaction. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.outbox;

import org.jspecify.annotations.NullMarked;
