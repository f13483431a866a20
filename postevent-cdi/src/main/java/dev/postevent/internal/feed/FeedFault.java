package dev.postevent.internal.feed;

import dev.postevent.PosteventException;
import org.jspecify.annotations.Nullable;

/** The feed cannot go on as it is: what was found and what to do, for status and log. */
final class FeedFault extends PosteventException {
    private static final long serialVersionUID = 1L;

    static final String CONNECT = "PSTEV32001";
    static final String SERVER = "PSTEV32002";
    static final String PUBLICATION = "PSTEV32003";
    static final String PUBLICATION_PRIVILEGE = "PSTEV32004";
    static final String SLOT_FOREIGN = "PSTEV32005";
    static final String SLOT_CREATE = "PSTEV32006";
    static final String SLOT_GONE = "PSTEV32007";
    static final String SLOT_INACTIVE = "PSTEV32008";
    static final String ENGINE_ENDED = "PSTEV32009";
    static final String ROW = "PSTEV32010";
    static final String POLL = "PSTEV32011";
    static final String TABLES = "PSTEV32012";

    FeedFault(String code, String message) {
        super(code, message);
    }

    FeedFault(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }
}
