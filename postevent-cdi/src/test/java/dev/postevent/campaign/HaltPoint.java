package dev.postevent.campaign;

/** Where a node may be told to die, as by kill -9, with the database left in exactly that state. */
enum HaltPoint {
    /** What the feed or catch-up brought is inserted, and not committed. */
    BEFORE_INBOX_COMMIT,
    /** It is committed, and the feed was not told. */
    AFTER_INBOX_COMMIT,
    /** An observer's effect and the cursor are written, and not committed. */
    BEFORE_EFFECT_COMMIT,
    /** They are committed, and nobody in the node knows. */
    AFTER_EFFECT_COMMIT,
    /** The database has prepared, and the transaction manager has not decided: whoever recovers rolls back. */
    PREPARED,
    /** The transaction manager has decided and written so, and the database does not know: whoever recovers commits. */
    DECIDED;

    private static volatile HaltPoint armed;

    /** From now on, the first to come by dies. */
    void arm() {
        armed = this;
    }

    boolean isArmed() {
        return armed == this;
    }

    /** Dies here, if that is what was asked for. */
    void pass() {
        if (isArmed()) {
            System.out.println("the node dies: " + this);
            System.out.flush();
            Runtime.getRuntime().halt(137);
        }
    }
}
