package dev.postevent.internal.processor;

import java.util.Optional;

/** An event that was parked, and is not held any more. */
record WasParked(long position, Optional<String> subject) {}
