/** Serves this application's topics: live streams, ranges, marks; who may what. */
@NullMarked
package dev.postevent.grpc.server;

import org.jspecify.annotations.NullMarked;
