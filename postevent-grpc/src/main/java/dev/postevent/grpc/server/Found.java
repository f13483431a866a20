package dev.postevent.grpc.server;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * What a check of a credential has found: one of the three, or none of them where there is no credential.
 *
 * @param identity it is in order
 * @param refusal it is not, and why, for this side; never has the credential in it
 * @param ended it was not checked, and the call ends so
 */
record Found(
        @Nullable Identity identity,
        @Nullable String refusal,
        @Nullable Status ended) {
    static final Found NO_CREDENTIAL = new Found(null, null, null);

    static Found admitted(Identity identity) {
        return new Found(identity, null, null);
    }

    static Found refused(CredentialException why) {
        return new Found(null, String.valueOf(why.getMessage()), null);
    }

    static Found notChecked(Status ended) {
        return new Found(null, null, ended);
    }

    /** The call goes no further. */
    boolean isEnd() {
        return refusal != null || ended != null;
    }

    /** Who it is; null: there is no credential. */
    @Nullable
    Identity orThrow() throws CredentialException {
        String why = refusal;
        if (why != null) {
            throw new CredentialException(why);
        }
        return identity;
    }
}
