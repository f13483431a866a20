package dev.postevent.grpc.client;

import org.jspecify.annotations.Nullable;

/** What the source said last about a topic; -1: nothing yet. */
final class Known {
    private volatile long head = -1;
    private volatile long settled = -1;
    private volatile @Nullable String markRefused;

    void heard(long headNow, long settledNow) {
        head = headNow;
        settled = settledNow;
    }

    /** What the source says about the mark that it was told; null: it took it. */
    void answered(@Nullable String refusal) {
        markRefused = refusal;
    }

    @Nullable
    String markRefused() {
        return markRefused;
    }

    long head() {
        return head;
    }

    long settled() {
        return settled;
    }
}
