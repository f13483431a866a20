/**
 * For users: drives their observers through the faults of delivery, in seconds and without a database ({@link
 * dev.postevent.testkit.DeliverySimulation}), and makes deliveries for tests that call an observer by themselves ({@link
 * dev.postevent.testkit.FakeDelivery}). For authors of adapters there is {@link dev.postevent.testkit.contract}. Everything else in the
 * artifact {@code postevent-testkit} is internal. A page about it, with dependencies and imports: {@code docs/testkit.md} where postevent's source is.
 */
@NullMarked
package dev.postevent.testkit;

import org.jspecify.annotations.NullMarked;
