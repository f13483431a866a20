package dev.postevent.internal.cdi;

import dev.postevent.StoredEvent;
import dev.postevent.internal.flow.EventSearch;
import dev.postevent.spi.LogEntry;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** An event as it was found, with as much of it as was read. */
final class FoundEvent implements StoredEvent {
    private final LogEntry entry;
    private final long dataBytes;
    private final StoredExtensions extensions;

    FoundEvent(EventSearch.Found found) {
        this.entry = found.entry();
        this.dataBytes = found.dataBytes();
        this.extensions = StoredExtensions.of(entry);
    }

    @Override
    public long position() {
        return entry.position();
    }

    @Override
    public String id() {
        return entry.id();
    }

    @Override
    public String source() {
        return entry.source();
    }

    @Override
    public String type() {
        return entry.type();
    }

    @Override
    public Optional<String> subject() {
        return Optional.ofNullable(entry.subject());
    }

    @Override
    public Optional<Instant> time() {
        return extensions.exactTime().or(() -> Optional.ofNullable(entry.time()).map(time -> time.toInstant()));
    }

    @Override
    public Optional<String> contentType() {
        return Optional.ofNullable(entry.datacontenttype());
    }

    @Override
    public Optional<String> dataSchema() {
        return Optional.ofNullable(entry.dataschema());
    }

    @Override
    public Map<String, String> extensions() {
        return extensions.texts();
    }

    @Override
    public OptionalLong size() {
        return dataBytes < 0 ? OptionalLong.empty() : OptionalLong.of(dataBytes);
    }

    @Override
    public Optional<byte[]> data() {
        byte[] data = entry.data();
        return data == null ? Optional.empty() : Optional.of(data.clone());
    }

    @Override
    public String toString() {
        return entry.toString();
    }
}
