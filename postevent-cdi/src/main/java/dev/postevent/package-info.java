/**
 * Publish and observe CloudEvents with nothing but PostgreSQL: the public API of postevent.
 *
 * <p>Everything an application needs is here; {@code dev.postevent.spi} is for those who bring a feed or an event log of their
 * own, {@code dev.postevent.internal} is nobody's business.
 */
@NullMarked
package dev.postevent;

import org.jspecify.annotations.NullMarked;
