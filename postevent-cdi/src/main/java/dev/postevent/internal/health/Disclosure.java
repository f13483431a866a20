package dev.postevent.internal.health;

/**
 * What the checks tell whoever asks. On most servers nobody has to say who he is to ask, and the answer is on the port of the application:
 * so it is for the deployment to say how much of the inside is told there.
 *
 * @param details how much
 * @param consumersMax most remote consumers of one topic that are told of one by one
 * @param principals true if remote consumers are told by their names, which is who they proved to be
 */
public record Disclosure(Details details, int consumersMax, boolean principals) {

    /** Each tells what the next one does, and more. */
    public enum Details {
        /** Node, feeds, topics, subscriptions, servers and remote consumers, too. */
        ALL,
        /** What is wrong, with the culprit. */
        FAULTS,
        /** Whose answer it is, and UP or DOWN. */
        NONE
    }

    /** Whether whoever asks hears what is wrong; if not, it goes to the log. */
    public boolean tellsFaults() {
        return details != Details.NONE;
    }

    boolean tellsAll() {
        return details == Details.ALL;
    }
}
