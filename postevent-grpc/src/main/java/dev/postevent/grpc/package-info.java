/**
 * Topics of other applications, and for them ours, over gRPC: the transport and its configuration. Plugs server and client, which do
 * not know each other, into the application.
 */
@NullMarked
package dev.postevent.grpc;

import org.jspecify.annotations.NullMarked;
