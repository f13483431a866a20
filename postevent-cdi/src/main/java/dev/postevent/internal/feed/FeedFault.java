package dev.postevent.internal.feed;

import dev.postevent.PosteventException;
import org.jspecify.annotations.Nullable;

/** The feed cannot go on as it is: what was found and what to do, for status and log. */
public final class FeedFault extends PosteventException {
    private static final long serialVersionUID = 1L;

    public static final String CONNECT = "PSTEV32001";
    public static final String SERVER = "PSTEV32002";
    public static final String PUBLICATION = "PSTEV32003";
    public static final String PUBLICATION_PRIVILEGE = "PSTEV32004";
    public static final String SLOT_FOREIGN = "PSTEV32005";
    public static final String SLOT_CREATE = "PSTEV32006";
    public static final String SLOT_GONE = "PSTEV32007";
    public static final String SLOT_INACTIVE = "PSTEV32008";
    public static final String ENGINE_ENDED = "PSTEV32009";
    public static final String ROW = "PSTEV32010";
    public static final String POLL = "PSTEV32011";
    static final String TABLES = "PSTEV32012";

    public FeedFault(String code, String message) {
        super(code, message);
    }

    public FeedFault(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }
}
