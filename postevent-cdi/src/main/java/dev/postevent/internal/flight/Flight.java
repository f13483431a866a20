package dev.postevent.internal.flight;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;

/**
 * Pieces of work that Java Flight Recorder may be told of: who begins one gets an object, and says to it how the work ended. Where
 * nobody records, or the JVM has no recorder, that is one object which does nothing.
 *
 * <p>A class of its own has all that is of {@code jdk.jfr}: WildFly shows that to an application only where a JAR of it says {@code
 * Dependencies: jdk.jfr}, as ours does; without it, as where classes of ours are repacked, there are no events, and nothing else is wrong.
 */
public abstract class Flight {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    private static final Flight HERE = load();

    Flight() {}

    /** A transaction in which an observer is called. */
    public interface Batch {

        /**
         * It is over.
         *
         * @param events how many were handed to the observer
         * @param through position of the last one that was meant to be handled
         * @param outcome what became of it, of few words
         */
        void ended(String subscription, int lane, int events, long through, String outcome);
    }

    /** The settling of missing positions. */
    public interface Settle {

        /**
         * It is over.
         *
         * @param after exclusive start of the stretch
         * @param through inclusive end
         * @param decided true if none is left undecided
         */
        void ended(String topic, long after, long through, boolean decided);
    }

    /** What a feed brought is stored, and given to live observers and consumers. */
    public interface HandOver {

        /** It is over; {@code batch} is what came, by topic. */
        void ended(String feed, Map<?, ? extends List<?>> batch);
    }

    /** A lane has a thread. */
    public interface LaneTurn {

        /** It gave the thread back after so many pieces of work. */
        void ended(String subscription, int lane, int steps);
    }

    /** A batch begins. */
    public static Batch batch() {
        return HERE.newBatch();
    }

    /** Settling begins. */
    public static Settle settle() {
        return HERE.newSettle();
    }

    /** A hand-over begins. */
    public static HandOver handOver() {
        return HERE.newHandOver();
    }

    /** A turn begins. */
    public static LaneTurn laneTurn() {
        return HERE.newLaneTurn();
    }

    abstract Batch newBatch();

    abstract Settle newSettle();

    abstract HandOver newHandOver();

    abstract LaneTurn newLaneTurn();

    private static Flight load() {
        return load("dev.postevent.internal.flight.RecordedFlight", Flight.class.getClassLoader());
    }

    /** By its name, so that this class can be linked where the other one cannot. */
    static Flight load(String name, ClassLoader from) {
        try {
            return Class.forName(name, true, from)
                    .asSubclass(Flight.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            LOG.log(Level.DEBUG, "there is no Java Flight Recorder here, so it is told nothing", e);
            return new Untold();
        }
    }

    private static final class Untold extends Flight implements Batch, Settle, HandOver, LaneTurn {
        @Override
        Batch newBatch() {
            return this;
        }

        @Override
        Settle newSettle() {
            return this;
        }

        @Override
        HandOver newHandOver() {
            return this;
        }

        @Override
        LaneTurn newLaneTurn() {
            return this;
        }

        @Override
        public void ended(String subscription, int lane, int events, long through, String outcome) {}

        @Override
        public void ended(String topic, long after, long through, boolean decided) {}

        @Override
        public void ended(String feed, Map<?, ? extends List<?>> batch) {}

        @Override
        public void ended(String subscription, int lane, int steps) {}
    }
}
