package dev.postevent.console;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells one content from another. */
final class Hash {
    private static final int BYTES = 12;

    private Hash() {}

    static String of(List<byte[]> parts) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        parts.forEach(digest::update);
        return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }
}
