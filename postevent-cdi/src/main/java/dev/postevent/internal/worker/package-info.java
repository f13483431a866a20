/** Threads, start and stop, back-off: the seams every stage shares. All internal packages may depend on it. */
@NullMarked
package dev.postevent.internal.worker;

import org.jspecify.annotations.NullMarked;
