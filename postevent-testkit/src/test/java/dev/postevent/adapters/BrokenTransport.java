package dev.postevent.adapters;

/** Ways in which a transport does not keep its contract; each with the test that has to find it, and part of what that says. */
enum BrokenTransport {
    NOT("", ""),
    HAS_NO_SCHEME("itsSchemesAreThoseOfItsUris", "expected: <false>"),
    HAS_ANOTHER_SCHEME("itsSchemesAreThoseOfItsUris", "pigeon://"),
    HAS_KEYS_OF_OTHERS("itsKeysAreOfPosteventAndEachIsThereOnce", "pigeon.flock"),
    READS_WHAT_IT_DOES_NOT_NAME("readsNoKeyThatItDoesNotName", "postevent.pigeon.secret"),
    TAKES_ANY_ADDRESS("anAddressThatCannotBeIsAFaultThatNamesItsKey", "pigeon://loft-7/orders"),
    SERVES_UNASKED("servesIfThatIsConfiguredAndNotOtherwise", "expected: <false>"),
    WAITS_FOR_ITS_SOURCE("opensAndConnectsThoughTheSourceIsAway", "timed out"),
    STARTS_UNASKED("opensAndConnectsThoughTheSourceIsAway", "nobody has started it"),
    KNOWS_A_HEAD_BEFORE("opensAndConnectsThoughTheSourceIsAway", "never heard of"),
    FAILS_IN_ITS_OWN_WAY("opensAndConnectsThoughTheSourceIsAway", "PosteventException"),
    HAS_THE_NAME_OF_THE_SOURCE("aTopicHasTheNameThatItHasInThisApplication", "an entry, or a doubt"),
    NEVER_SEES_THE_HEAD("headAndSettledAreSeenOnceTheSourceHasSaidThem", "the head is seen"),
    CLOSES_THE_OTHERS("aSourceThatIsClosedLeavesOthersOfItsLinkAlone", "an entry, or a doubt"),
    STAYS_OPEN("aSourceThatIsClosedLeavesOthersOfItsLinkAlone", "expected: <STOPPED>"),
    STARTS_AFTER_THE_CLOSE("aSourceThatIsClosedBeforeItsFeedIsStartedStartsNothing", "expected: <STOPPED>"),
    CLOSE_WAITS("closeWaitsForNothingButItsOwnThreadsAndForTheseASecond", "timed out"),
    STOP_LEAVES_SOURCES("theLinksStopEndsSourcesThatAreOpen", "expected: <STOPPED>"),
    HAS_ONE_LINK_FOR_ALL("twoLinksOfOneTransportKnowNothingOfEachOther", "not equal");

    final String test;
    final String says;

    BrokenTransport(String test, String says) {
        this.test = test;
        this.says = says;
    }
}
