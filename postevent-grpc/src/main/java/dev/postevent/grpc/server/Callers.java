package dev.postevent.grpc.server;

import io.grpc.Context;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many calls each principal has open, and how much was sent to it that it has not taken: gRPC keeps that outside of the heap,
 * until the client takes it or the call is gone.
 *
 * <p>Where more than half of what all may have is out, each principal gets one message at a time: so those who take nothing do not
 * shut out the others.
 */
final class Callers {
    private final int callsMax;
    private final long untakenPerPrincipalMax;
    private final long untakenMax;
    // under the monitor, as are the fields of callers and places
    private final Map<String, Caller> callers = new HashMap<>();
    private long untaken;

    Callers(ServerSettings.Limits limits) {
        this.callsMax = limits.perPrincipal().callsMax();
        this.untakenPerPrincipalMax = limits.perPrincipal().untakenBytesMax();
        this.untakenMax = limits.untakenBytesMax();
    }

    private static final class Caller {
        private int calls;
        private long untaken;
    }

    /** A place for one call; null: the principal has as many as it may. */
    synchronized @Nullable Place enter(String principal) {
        Caller caller = callers.computeIfAbsent(principal, name -> new Caller());
        if (caller.calls >= callsMax) {
            return null;
        }
        caller.calls++;
        return new Place(principal, caller);
    }

    /** Bytes that were sent and are not taken. */
    synchronized long untaken() {
        return untaken;
    }

    private boolean mayBeSent(Caller caller, long bytes) {
        if (caller.untaken == 0) {
            return untaken == 0 || untaken + bytes <= untakenMax;
        }
        return caller.untaken + bytes <= untakenPerPrincipalMax && untaken + bytes <= untakenMax / 2;
    }

    /** The place of one call. It is free when all who hold it have left: the transport, and whoever works for the call. */
    final class Place {
        /** Of the call that is taken in on this thread. */
        static final Context.Key<Place> OF_CALL = Context.key("postevent-place");

        private final String principal;
        private final Caller caller;
        private int holders = 1;
        private long sent;

        private Place(String principal, Caller caller) {
            this.principal = principal;
            this.caller = caller;
        }

        /** One more works for the call. */
        void hold() {
            synchronized (Callers.this) {
                holders++;
            }
        }

        /** One of the holders leaves. */
        void leave() {
            synchronized (Callers.this) {
                holders--;
                if (holders == 0) {
                    caller.calls--;
                    if (caller.calls == 0) {
                        callers.remove(principal);
                    }
                }
            }
        }

        /** So much is to be sent; false: it may not. The first message of all may, whatever its size. */
        boolean send(long bytes) {
            synchronized (Callers.this) {
                if (!mayBeSent(caller, bytes)) {
                    return false;
                }
                sent += bytes;
                caller.untaken += bytes;
                untaken += bytes;
                return true;
            }
        }

        /** All that was sent is taken, or thrown away. */
        void taken() {
            synchronized (Callers.this) {
                caller.untaken -= sent;
                untaken -= sent;
                sent = 0;
            }
        }
    }
}
