package dev.postevent.adapters;

import dev.postevent.spi.LogEntry;

/** Entries that are as others but for one thing. */
final class Copies {
    private Copies() {}

    /** At another position. */
    static LogEntry at(long position, LogEntry entry) {
        return copy(position, entry).extensions(entry.extensions()).build();
    }

    /** Without extensions. */
    static LogEntry plain(LogEntry entry) {
        return copy(entry.position(), entry).build();
    }

    private static LogEntry.Builder copy(long position, LogEntry entry) {
        return LogEntry.at(position)
                .kind(entry.isVoid() ? 'v' : 'e')
                .id(entry.id())
                .source(entry.source())
                .type(entry.type())
                .datacontenttype(entry.datacontenttype())
                .dataschema(entry.dataschema())
                .subject(entry.subject())
                .data(entry.data())
                .time(entry.time())
                .traceparent(entry.traceparent());
    }
}
