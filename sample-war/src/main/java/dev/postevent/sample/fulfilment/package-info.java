/** What happens to an order after it was placed: two durable subscriptions, each with tables of its own, and switches to make them fail. */
@NullMarked
package dev.postevent.sample.fulfilment;

import org.jspecify.annotations.NullMarked;
