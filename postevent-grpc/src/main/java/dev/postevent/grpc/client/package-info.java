/** Remote topics as event log and feed. */
@NullMarked
package dev.postevent.grpc.client;

import org.jspecify.annotations.NullMarked;
