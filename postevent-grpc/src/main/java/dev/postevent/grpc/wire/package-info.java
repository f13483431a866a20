/** Entries as messages of {@code postevent.v1}, without loss. Server and client depend on it. */
@NullMarked
package dev.postevent.grpc.wire;

import org.jspecify.annotations.NullMarked;
