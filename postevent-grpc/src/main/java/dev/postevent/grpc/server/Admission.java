package dev.postevent.grpc.server;

import io.grpc.Context;

/** The credentials of a call, to be looked at again: what let it in may be gone before the call is. */
@FunctionalInterface
interface Admission {
    /** Of the call that is taken in on this thread. */
    Context.Key<Admission> OF_CALL = Context.key("postevent-admission");

    /** Who calls, by what is believed now; never waits for a disk or a network. */
    Identity again() throws CredentialException;
}
