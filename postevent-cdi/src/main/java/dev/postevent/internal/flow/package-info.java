/**
 * The ports between the stages, and the records that pass through them: what one stage asks of the next, which does not know it. All
 * internal packages may depend on it; it knows the SPI only.
 */
@NullMarked
package dev.postevent.internal.flow;

import org.jspecify.annotations.NullMarked;
