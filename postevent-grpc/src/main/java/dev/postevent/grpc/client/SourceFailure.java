package dev.postevent.grpc.client;

import dev.postevent.PosteventException;
import io.grpc.Status;

/** What went wrong with a source, for a person. */
final class SourceFailure {

    private SourceFailure() {}

    static PosteventException of(String what, String where, Status status) {
        String hint = switch (status.getCode()) {
            case PERMISSION_DENIED ->
                ". At the source, postevent.grpc.server.allow.<topic>.read and .subscribe have to name this application";
            case UNAUTHENTICATED -> ". Check this application's certificate or token";
            case FAILED_PRECONDITION -> ". Somebody has to act; until then trying again is of no use";
            case INVALID_ARGUMENT, UNIMPLEMENTED -> ". Are the versions of source and consumer far apart?";
            case RESOURCE_EXHAUSTED ->
                ". If an event is too large for a message here, raise postevent.grpc.client.message-size-max";
            default -> "";
        };
        return new PosteventException(
                "PSTEV35020", what + " " + where + ": " + describe(status) + hint, status.getCause());
    }

    /** Code, text, and what the cause says: TLS faults are told in causes only. */
    static String describe(Status status) {
        StringBuilder text = new StringBuilder(status.getCode().toString());
        if (status.getDescription() != null) {
            text.append(": ").append(status.getDescription());
        }
        Throwable cause = status.getCause();
        for (int depth = 0; cause != null && depth < 4; depth++) {
            if (cause.getMessage() != null && text.indexOf(cause.getMessage()) < 0) {
                text.append(" <- ").append(cause.getMessage());
            }
            cause = cause.getCause();
        }
        return text.toString();
    }
}
