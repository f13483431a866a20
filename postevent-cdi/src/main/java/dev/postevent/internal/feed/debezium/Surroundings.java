package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.threads.Threads;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;

/**
 * What a feed is given to work with.
 *
 * @param dataSource of the publisher's database
 */
record Surroundings(DataSource dataSource, Threads threads, RandomGenerator random) {}
