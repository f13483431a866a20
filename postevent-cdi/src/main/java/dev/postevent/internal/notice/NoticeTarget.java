package dev.postevent.internal.notice;

import dev.postevent.Notice;

/** Who is told of notices. */
public interface NoticeTarget {

    /** What it is, for the log. */
    String where();

    /** True if it is told of notices of this kind. */
    boolean takes(Class<? extends Notice> kind);

    /** Tells it. It may throw whatever it wants, and take as long as it wants. */
    void tell(Notice notice);
}
