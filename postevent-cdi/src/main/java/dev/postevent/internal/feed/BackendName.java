package dev.postevent.internal.feed;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The {@code application_name} of this node's connections. PostgreSQL cuts it at 63 bytes and replaces what is not printable
 * ASCII, so two long node names could look the same: a name that would be changed gets a checksum of the whole instead.
 */
final class BackendName {
    private static final int BYTES_MAX = 63;

    private BackendName() {}

    /** Of the replication connection. */
    static String stream(String application, String node) {
        return fit("postevent " + application + "/" + node, "");
    }

    /** Of the connection that watches and repairs the slot. */
    static String control(String application, String node) {
        return fit("postevent " + application + "/" + node, " control");
    }

    private static String fit(String name, String suffix) {
        StringBuilder printable = new StringBuilder(name.length());
        name.chars().forEach(c -> printable.append(c >= ' ' && c < 127 ? (char) c : '_'));
        int room = BYTES_MAX - suffix.length();
        if (printable.length() <= room && printable.toString().equals(name)) {
            return name + suffix;
        }
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        String mark = "~" + Long.toHexString(checksum.getValue());
        printable.setLength(Math.min(printable.length(), room - mark.length()));
        return printable + mark + suffix;
    }
}
