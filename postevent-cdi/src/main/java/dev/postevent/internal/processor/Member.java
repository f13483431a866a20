package dev.postevent.internal.processor;

/**
 * A node of an application, as it stands in the tables.
 *
 * @param application whose subscriptions they are; another one has its own beside them
 * @param node the name of the node in leases, among those of the application
 * @param lease how long a lane stays with it without a sign of life
 */
public record Member(Application application, String node, Lease lease) {}
