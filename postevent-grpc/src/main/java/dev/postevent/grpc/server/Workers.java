package dev.postevent.grpc.server;

import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Who works for calls.
 *
 * @param reads waits for the database; bounded for each principal, and refuses what is too much
 * @param sends makes messages and sends them; never waits
 * @param checks looks at credentials
 * @param timer ends what takes too long; neither waits nor computes much, because heartbeats are on it, too
 * @param clock tells all of them the time
 */
record Workers(Shares reads, Executor sends, Executor checks, ScheduledExecutorService timer, Clock clock) {}
