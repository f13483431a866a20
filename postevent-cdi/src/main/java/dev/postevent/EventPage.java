package dev.postevent;

import java.util.List;
import java.util.OptionalLong;

/**
 * Some of the events that an {@link EventFilter} selects. Made by postevent alone: it may gain methods. Immutable.
 *
 * <pre>{@code
 * EventPage first = subscriptions.events(EventFilter.of("orders"), Long.MAX_VALUE, 50);
 * first.next().ifPresent(before -> page.link("older", before));
 * }</pre>
 *
 * @since 0.1.0
 */
@Experimental
public interface EventPage {

    /** The newest first; without their data. */
    List<StoredEvent> events();

    /**
     * Where to go on: {@code before} of the next call. Empty: there are no more. It is also there where fewer events than asked for were
     * found in as many positions as one call looks at, or where their attributes are large.
     */
    OptionalLong next();
}
