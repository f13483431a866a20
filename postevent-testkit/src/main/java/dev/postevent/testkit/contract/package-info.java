/**
 * For authors of adapters: what an event log, a feed and a transport have to do, as JUnit 5 tests that they extend over their own adapter
 * and a source of its kind. An adapter that passes them can stand in an application. Needs {@code junit-jupiter} on the class path. A
 * page with an example: {@code docs/testkit.md} where postevent's source is.
 *
 * <p>Experimental as the ports are: {@link dev.postevent.spi}. A suite may gain tests in any release.
 */
@Experimental
@NullMarked
package dev.postevent.testkit.contract;

import dev.postevent.Experimental;
import org.jspecify.annotations.NullMarked;
