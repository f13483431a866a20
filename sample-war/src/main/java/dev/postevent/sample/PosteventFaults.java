package dev.postevent.sample;

import dev.postevent.InvalidEventException;
import dev.postevent.PosteventException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** What postevent refuses is answered in its own words, which name the rule and what to do. */
@Provider
public class PosteventFaults implements ExceptionMapper<PosteventException> {

    @Override
    public Response toResponse(PosteventException fault) {
        Response.Status status =
                fault instanceof InvalidEventException ? Response.Status.BAD_REQUEST : Response.Status.CONFLICT;
        return Refusal.response(status, String.valueOf(fault.getMessage()));
    }
}
