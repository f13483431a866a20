package dev.postevent.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of the page, out of the JAR, all in memory. Their addresses have a hash of what is in them, so that browsers may keep them for
 * ever and yet never mix those of two releases; the page itself is asked for each time. Immutable.
 */
final class PageFiles {
    private static final String FOLDER = "page/";
    /** A line for each file but the page, written by the build. */
    private static final String LIST = "files.txt";

    private static final String ASSETS = "assets/";
    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "txt", "text/plain; charset=utf-8");

    private final Content page;
    private final Map<String, Content> files;
    private final String version;

    /** What a file has in it, and of which type it is. */
    static final class Content {
        private final byte[] bytes;
        private final String type;
        private final String tag;

        private Content(byte[] bytes, String type) {
            this.bytes = bytes;
            this.type = type;
            this.tag = Hash.of(List.of(bytes));
        }

        byte[] bytes() {
            return bytes.clone();
        }

        String type() {
            return type;
        }

        /** Another one for each other content. */
        String tag() {
            return tag;
        }
    }

    private PageFiles(Content page, Map<String, Content> files, String version) {
        this.page = page;
        this.files = Map.copyOf(files);
        this.version = version;
    }

    /**
     * Reads them.
     *
     * @throws IOException if one that is on the list is not in the JAR
     */
    static PageFiles read() throws IOException {
        Map<String, Content> files = new HashMap<>();
        List<byte[]> all = new ArrayList<>();
        for (String name :
                new String(bytes(LIST), StandardCharsets.UTF_8).lines().toList()) {
            byte[] bytes = bytes(name);
            all.add(name.getBytes(StandardCharsets.UTF_8));
            all.add(bytes);
            files.put(name, new Content(bytes, type(name)));
        }
        String version = Hash.of(all);
        String page = new String(bytes("index.html"), StandardCharsets.UTF_8)
                .replace("\"" + ASSETS, "\"" + ASSETS + version + "/");
        Content content = new Content(page.getBytes(StandardCharsets.UTF_8), type("index.html"));
        return new PageFiles(content, files, version);
    }

    private static String type(String name) throws IOException {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw new IOException("the page has the file " + name + ", whose type is not known");
        }
        return type;
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream stream = PageFiles.class.getResourceAsStream(FOLDER + name)) {
            if (stream == null) {
                throw new IOException("postevent-console has no file " + FOLDER + name);
            }
            return stream.readAllBytes();
        }
    }

    /** The page. */
    Content page() {
        return page;
    }

    /**
     * A file of it; empty: there is none, or not of this release.
     *
     * @param path below the console's own
     */
    Optional<Content> file(String path) {
        String prefix = ASSETS + version + "/";
        return path.startsWith(prefix) && path.length() > prefix.length()
                ? Optional.ofNullable(files.get(path.substring(prefix.length())))
                : Optional.empty();
    }
}
