package dev.postevent.grpc.server;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Who works for calls.
 *
 * @param reads waits for the database; bounded, and refuses what is too much
 * @param sends makes messages and sends them; never waits
 * @param timer ends what takes too long; never waits
 */
record Workers(Executor reads, Executor sends, ScheduledExecutorService timer) {}
