package dev.postevent.grpc.client;

/** What the source said last about a topic; -1: nothing yet. */
final class Known {
    private volatile long head = -1;
    private volatile long settled = -1;

    void heard(long headNow, long settledNow) {
        head = headNow;
        settled = settledNow;
    }

    long head() {
        return head;
    }

    long settled() {
        return settled;
    }
}
