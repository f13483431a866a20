/** The pure high-water mark, the gap rules, and the worker that closes gaps from the event log. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.catchup;

import org.jspecify.annotations.NullMarked;
