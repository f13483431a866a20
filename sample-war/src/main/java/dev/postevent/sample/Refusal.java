package dev.postevent.sample;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** Answers of the HTTP face that are not what was asked for: {@code {"error": "..."}}. */
public final class Refusal {
    private Refusal() {}

    /** The body of every refusal. */
    public record Body(String error) {}

    /** 400: the caller has to change the request. */
    public static WebApplicationException badRequest(String error) {
        return new WebApplicationException(error, response(Response.Status.BAD_REQUEST, error));
    }

    /** 404: there is no such thing. */
    public static WebApplicationException notFound(String error) {
        return new WebApplicationException(error, response(Response.Status.NOT_FOUND, error));
    }

    /** The answer alone. */
    public static Response response(Response.StatusType status, String error) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(new Body(error))
                .build();
    }
}
