package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.debezium.SlotState.Holder;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The {@code application_name} of this node's connections: {@code postevent <application>/<node> <life>}, where the life is a number
 * that each start of a feed draws. By it a node tells its own backends from those of its sisters, of its former lives and of a second
 * node that was given the same name.
 *
 * <p>PostgreSQL cuts the name at 63 bytes and replaces what is not printable ASCII, so two long node names could look the same: a name
 * that would be changed gets a checksum of the whole instead.
 */
final class BackendName {
    private static final int BYTES_MAX = 63;
    private static final String LONGEST_SUFFIX = " 1a2b control";
    private static final int NODE_MAX = BYTES_MAX - LONGEST_SUFFIX.length();
    private static final int MARK_MAX = "~12345678".length();

    private final String sisters;
    private final String node;
    private final String life;

    BackendName(String application, String node, int life) {
        String sisters = "postevent " + application + "/";
        this.sisters = sisters.substring(0, Math.min(sisters.length(), NODE_MAX - MARK_MAX));
        this.node = fit(sisters + node);
        this.life = this.node + String.format(Locale.ROOT, " %04x", life & 0xffff);
    }

    /** Of the replication connection. */
    String stream() {
        return life;
    }

    /** Of the connection that watches and repairs the slot. */
    String control() {
        return life + " control";
    }

    /** Of the engine's connections beside the stream, which it derives from {@link #stream}. */
    static String engine(String stream) {
        return stream + " engine";
    }

    /** True for the stream of this life. */
    boolean isOwn(@Nullable String name) {
        return life.equals(name);
    }

    /** True if {@code holder} is a stream of this life that began at {@code began}, by the server's clock, or later. */
    boolean isStream(@Nullable Holder holder, OffsetDateTime began) {
        return holder != null
                && holder.walsender()
                && isOwn(holder.name())
                && holder.started() != null
                && !holder.started().isBefore(began);
    }

    /** True for streams of this node, in whatever life. */
    boolean isSameNode(@Nullable String name) {
        return name != null && name.startsWith(node + " ");
    }

    /** True for streams of all nodes of the application. */
    boolean isSister(@Nullable String name) {
        return name != null && name.startsWith(sisters);
    }

    private static String fit(String name) {
        StringBuilder printable = new StringBuilder(name.length());
        name.chars().forEach(c -> printable.append(c > ' ' && c < 127 ? (char) c : '_'));
        printable.setCharAt("postevent".length(), ' ');
        if (printable.length() <= NODE_MAX && printable.toString().equals(name)) {
            return name;
        }
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        printable.setLength(Math.min(printable.length(), NODE_MAX - MARK_MAX));
        return printable + String.format(Locale.ROOT, "~%08x", checksum.getValue());
    }
}
