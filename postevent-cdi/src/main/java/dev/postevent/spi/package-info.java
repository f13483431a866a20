/**
 * What a feed or an event log of another kind has to offer, and the values that flow between the stages.
 */
@NullMarked
package dev.postevent.spi;

import org.jspecify.annotations.NullMarked;
