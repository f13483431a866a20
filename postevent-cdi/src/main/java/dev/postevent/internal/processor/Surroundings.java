package dev.postevent.internal.processor;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

/**
 * What a node gives each of its subscriptions to work with.
 *
 * @param lanePool runs the lanes of this subscription, and its start
 * @param workPool for statements that must not hold up a lane; shared by all subscriptions
 * @param timer hands over to the pools only
 */
record Surroundings(
        ExecutorService lanePool,
        ExecutorService workPool,
        ScheduledExecutorService timer,
        NodeClock clock,
        RandomGenerator random) {}
