package dev.postevent.grpc.client;

import io.grpc.ManagedChannel;

/** Gives the channel to a source. */
interface Channels {

    /** The channel to make a call on; asked for each call. */
    ManagedChannel get();

    /** {@code dead} is of no use any more: the next one is another. */
    void renew(ManagedChannel dead);
}
