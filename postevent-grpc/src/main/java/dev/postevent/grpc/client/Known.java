package dev.postevent.grpc.client;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the source said last about a topic; empty: nothing yet. */
final class Known {
    private volatile OptionalLong head = OptionalLong.empty();
    private volatile OptionalLong settled = OptionalLong.empty();
    private volatile @Nullable String markRefused;

    void heard(long headNow, long settledNow) {
        head = OptionalLong.of(headNow);
        settled = OptionalLong.of(settledNow);
    }

    /** What the source says about the mark that it was told; null: it took it. */
    void answered(@Nullable String refusal) {
        markRefused = refusal;
    }

    @Nullable
    String markRefused() {
        return markRefused;
    }

    OptionalLong head() {
        return head;
    }

    OptionalLong settled() {
        return settled;
    }
}
