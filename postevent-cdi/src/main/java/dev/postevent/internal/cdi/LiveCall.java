package dev.postevent.internal.cdi;

import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.spi.LogEntry;
import java.util.function.Consumer;

/** Calls a live observer, and leaves nothing of it on the thread. */
final class LiveCall implements Consumer<LogEntry> {
    private final String name;
    private final ObserverCall call;
    private final LeftTransaction left;

    LiveCall(String name, ObserverCall call, LeftTransaction left) {
        this.name = name;
        this.call = call;
        this.left = left;
    }

    @Override
    public void accept(LogEntry event) {
        if (!call.wants(event)) {
            return;
        }
        try {
            call.handle(event, 1, false, true);
        } catch (RuntimeException | Error e) {
            LostConnection.retireThread(e);
            throw e;
        } finally {
            left.end("live observer " + name);
        }
    }
}
