package dev.postevent.internal.processor;

/**
 * How often lanes of a subscription came to this node and went from it, since its start.
 *
 * @param taken lanes that it took, at the start as well
 * @param left lanes that it gave back, or lost
 */
public record LaneMoves(long taken, long left) {}
