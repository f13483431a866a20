/**
 * Publish and observe CloudEvents with nothing but PostgreSQL: the public API of postevent.
 *
 * <p>{@link dev.postevent.Topic} shows how to publish and how to observe. The least configuration, for MicroProfile Config:
 *
 * <pre>{@code
 * # the JTA data source in which the application publishes and its observers write
 * postevent.datasource=jdbc/app
 * # of that data source's user, for the replication connection; better as POSTEVENT_FEED_PASSWORD in the environment
 * postevent.feed.password=...
 * }</pre>
 *
 * <p>The database is PostgreSQL 15 or later with {@code wal_level=logical}, and the user has {@code REPLICATION}; where it cannot have
 * that, {@code postevent.feed.kind=polling} does without. A topic is declared by being named: by {@code @Topic} at a publisher or an
 * observer, or in {@code postevent.topics.names}, which then has all of them. Its table, and the others, are made at the first start
 * ({@code postevent.schema}). A key under {@code postevent.} that does not exist, or a value out of its bounds, is a fault at
 * deployment. All keys, with defaults and units, are in docs/configuration.md of the project.
 *
 * <p>The words:
 *
 * <ul>
 *   <li><b>topic</b>: events in the order of their positions, in a table of the publisher's database.
 *   <li><b>position</b>: the number of an event in its topic, drawn when it is written. A number whose transaction rolled back is a
 *       <b>void</b>: it is proven to be one before anything above it is handled.
 *   <li><b>subject</b>: an event's attribute of CloudEvents, and the key of order. Events without one have no order among each other.
 *   <li><b>subscription</b>: a durable observer and how far it is, kept in the database.
 *   <li><b>inbox</b>: the tables in the consumer's database where events are stored before they are handled.
 *   <li><b>mark</b> (high-water mark): everything at or below it is stored; nothing above it is handled.
 *   <li><b>lane</b>: a part of a subscription's subjects that is handled by one node at a time, in order; <b>lease</b>: for how long
 *       it stays with a node that gives no sign of life.
 *   <li><b>feed</b>: what brings committed events from the publisher's database as they come.
 *   <li><b>held</b>: an event that failed, or stands behind one of its subject that did; <b>parked</b>: one that was given up until a
 *       person says retry or skip.
 * </ul>
 *
 * <p>Everything an application needs is here; {@code dev.postevent.spi} is for those who bring a feed or an event log of their
 * own, {@code dev.postevent.internal} is nobody's business.
 */
@NullMarked
package dev.postevent;

import org.jspecify.annotations.NullMarked;
