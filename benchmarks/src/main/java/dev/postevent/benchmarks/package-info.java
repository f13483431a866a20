/**
 * How fast it is, as ratios against limits and rivals that run alternately with it on one fresh PostgreSQL, and whether it is right
 * while it is fast: each run checks counts, duplicates and order, and a wrong answer fails it. {@link
 * dev.postevent.benchmarks.Benchmarks} is the way in. Not shipped.
 */
@NullMarked
package dev.postevent.benchmarks;

import org.jspecify.annotations.NullMarked;
