package dev.postevent.grpc.server;

/** A credential that proves nothing; the message says why and never repeats it. */
final class CredentialException extends Exception {
    private static final long serialVersionUID = 1L;

    CredentialException(String message) {
        super(message);
    }
}
