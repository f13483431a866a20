package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.EntrySource.Ahead;
import dev.postevent.internal.flow.EntrySource.Place;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * How much lies before a subscription.
 *
 * @param handled everything at or below it is handled or held
 * @param ahead what is above it and at or below the mark, for lanes that have not passed it
 */
record Backlog(long handled, Ahead ahead) {
    private static final Ahead NOTHING = new Ahead(0, true, 0);

    /**
     * Of a subscription at each of these places, in the same order. The inbox is asked once, and only if there is something to count.
     *
     * @param countedMax see {@link EntrySource#ahead}
     */
    static List<Backlog> of(EntrySource source, List<Place> places, long countedMax) {
        List<Place> behind = places.stream().filter(Backlog::isBehind).toList();
        Iterator<Ahead> told = behind.isEmpty()
                ? List.<Ahead>of().iterator()
                : source.ahead(behind, countedMax).iterator();
        List<Backlog> all = new ArrayList<>();
        for (Place place : places) {
            long handled = Math.min(place.lowest(), place.through());
            all.add(new Backlog(handled, isBehind(place) ? told.next() : NOTHING));
        }
        return all;
    }

    private static boolean isBehind(Place place) {
        return place.lowest() < place.through();
    }
}
