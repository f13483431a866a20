/** The pure high-water mark, when gaps are asked for, and the passes that close them from the event log. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.catchup;

import org.jspecify.annotations.NullMarked;
