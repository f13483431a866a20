package dev.postevent.internal.processor;

/**
 * Whose subscriptions these are.
 *
 * @param given false if nobody chose the name, and it is the server's: that of a file, most often, which another release may change
 */
public record Application(String name, boolean given) {}
