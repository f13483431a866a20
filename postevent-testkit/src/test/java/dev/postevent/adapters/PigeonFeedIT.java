package dev.postevent.adapters;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.testkit.contract.FeedContract;
import dev.postevent.testkit.contract.Publishers;
import java.util.concurrent.ThreadFactory;

class PigeonFeedIT extends FeedContract {
    private final Loft loft = new Loft();

    @Override
    protected Publishers publishers() {
        return loft;
    }

    @Override
    protected EventLog log() {
        return loft;
    }

    @Override
    protected Feed feed(ThreadFactory threads) {
        return new PigeonFeed(loft, TOPIC, threads);
    }

    @Override
    protected void breakConnections() {
        loft.scareAllBirds();
    }
}
