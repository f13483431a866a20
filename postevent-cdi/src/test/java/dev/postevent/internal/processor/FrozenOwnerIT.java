package dev.postevent.internal.processor;

/** A node that is frozen, or cut off from its database, in the middle of a commit: the server ends its session, and its lane moves. */
class FrozenOwnerIT {}
