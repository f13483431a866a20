/**
 * For users: drives their observers through the faults of delivery, in seconds and without a database ({@link
 * dev.postevent.testkit.DeliverySimulation}), and makes deliveries for tests that call an observer by themselves ({@link
 * dev.postevent.testkit.FakeDelivery}). Shipped as {@code postevent-cdi} with the classifier {@code testkit}; everything else in that jar
 * is internal. A page about it, with dependencies and imports: {@code docs/testkit.md} where postevent's source is.
 */
@NullMarked
package dev.postevent.testkit;

import org.jspecify.annotations.NullMarked;
