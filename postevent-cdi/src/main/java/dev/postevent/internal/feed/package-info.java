/** Live flow of committed rows: what feeds have in common, and what of their rows is visible. The feeds have a room each below. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.feed;

import org.jspecify.annotations.NullMarked;
