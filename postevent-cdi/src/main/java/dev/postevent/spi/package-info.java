/**
 * What a feed or an event log of another kind has to offer, and the values that flow between the stages. Experimental until an
 * adapter that was not written with it, that of Kafka, has passed the contract suites.
 */
@Experimental
@NullMarked
package dev.postevent.spi;

import dev.postevent.Experimental;
import org.jspecify.annotations.NullMarked;
