package dev.postevent.sample;

import dev.postevent.DuplicateEventException;
import dev.postevent.InvalidEventException;
import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.PosteventException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** What postevent refuses is answered in its own words, which name the rule and what to do. */
@Provider
public class PosteventFaults implements ExceptionMapper<PosteventException> {
    private static final String TOPIC_OF_ANOTHER = "PSTEV20013";

    @Override
    public Response toResponse(PosteventException fault) {
        return Refusal.response(status(fault), String.valueOf(fault.getMessage()));
    }

    /** 400 for an event that breaks a rule, 404 for what there is not, 409 for what is so already, 503 for what passes, else 500. */
    public static Response.Status status(PosteventException fault) {
        if (fault instanceof InvalidEventException) {
            return Response.Status.BAD_REQUEST;
        }
        if (fault instanceof NotFoundException) {
            return Response.Status.NOT_FOUND;
        }
        if (fault instanceof DuplicateEventException
                || fault instanceof NotHeldException
                || fault.code().equals(TOPIC_OF_ANOTHER)) {
            return Response.Status.CONFLICT;
        }
        return fault.isTransient() ? Response.Status.SERVICE_UNAVAILABLE : Response.Status.INTERNAL_SERVER_ERROR;
    }
}
