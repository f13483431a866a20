package dev.postevent.adapters;

/** Ways in which a feed does not keep its contract; each with the test that has to find it, and part of what that says. */
enum BrokenFeed {
    NOT("", ""),
    NEVER_STREAMS("isStoppedUntilItIsStartedAndSaysWhatItIs", "it is streaming"),
    STREAMS_WHEN_STOPPED("isStoppedUntilItIsStartedAndSaysWhatItIs", "expected: <STOPPED>"),
    HAS_NO_NAME("isStoppedUntilItIsStartedAndSaysWhatItIs", ""),
    LOSES_EXTENSIONS("handsOverWhatIsCommittedWithAllItsColumns", "expected: <CloudEvent"),
    WRONG_POSITIONS("handsOverWhatIsCommittedWithAllItsColumns", "expected: <[1, 2, 3]>"),
    NAMES_ANOTHER_TOPIC("nothingComesAfterTheStop", "handed over, or a doubt"),
    HANDS_OVER_EARLY("whatItHandsOverCanBeSeen", "before a query shows it"),
    HANDS_OVER_WHAT_IS_OPEN("whatIsOpenIsNotHandedOverBeforeItsCommitAndHoldsUpNothing", "before its commit"),
    WAITS_FOR_GAPS("whatIsOpenIsNotHandedOverBeforeItsCommitAndHoldsUpNothing", "handed over, or a doubt"),
    HANDS_OVER_WHAT_WAS_ROLLED_BACK("whatWasRolledBackIsNoEvent", "expected: <false>"),
    LOSES_SILENTLY("whatIsCommittedIsHandedOverOrDoubted", "handed over, or a doubt"),
    FORGETS_WHAT_IS_REFUSED("whatTheListenerRefusesComesAgainOrIsDoubted", "handed over, or a doubt"),
    DIES_OF_A_REFUSAL("whatTheListenerRefusesComesAgainOrIsDoubted", "not within"),
    DIES_WITH_ITS_CONNECTION("goesOnByItselfWhenItsConnectionsBreak", "handed over, or a doubt"),
    RETRIES_WITHOUT_A_REASON("goesOnByItselfWhenItsConnectionsBreak", "does not say why"),
    BEGINS_WITHOUT_A_DOUBT("aFeedThatBeginsAnewHasADoubtAboutWhatWasCommittedMeanwhile", "handed over, or a doubt"),
    TAKES_WHAT_IS_LEFT_FOR_DONE("whatNobodyStoredIsNotTakenForDone", "handed over, or a doubt"),
    START_HANDS_OVER("startReturnsAtOnce", "timed out"),
    STATUS_WAITS("statusDoesNotWaitForTheListener", "timed out"),
    STARTS_TWICE("isStartedOnce", "IllegalStateException"),
    STARTS_AFTER_THE_STOP("stopMayComeFirstAndTwiceAndThenNothingBegins", ""),
    GOES_ON_AFTER_THE_STOP("nothingComesAfterTheStop", "after the stop had returned"),
    LEAVES_A_THREAD("nothingComesAfterTheStop", "the threads end"),
    STOP_WAITS_FOR_EVER("stopWaitsNoLongerThanItsLimit", "timed out"),
    STREAMS_AFTER_THE_STOP("stopWaitsNoLongerThanItsLimit", "whatever went on after it");

    final String test;
    final String says;

    BrokenFeed(String test, String says) {
        this.test = test;
        this.says = says;
    }
}
