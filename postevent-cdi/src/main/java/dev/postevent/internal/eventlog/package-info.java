/** The readable event log of a topic: range reads, settling, sealing, and how far remote consumers are. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.eventlog;

import org.jspecify.annotations.NullMarked;
