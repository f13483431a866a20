package dev.postevent.sample.web;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Answers of servlets and filters, in the form that the resources below {@code /api} have. */
public final class JsonAnswer {
    /** What a refusal repeats of a request may be as long as the request. */
    private static final int ERROR_MAX = 1_000;

    private JsonAnswer() {}

    /** {@code {"error": ...}}. */
    public static void refuse(HttpServletResponse response, int status, String error) throws IOException {
        String text = error.length() <= ERROR_MAX ? error : error.substring(0, ERROR_MAX) + "…";
        write(response, status, Json.createObjectBuilder().add("error", text).build());
    }

    /** The same, before a body is read: nobody reads the rest, so nothing can follow on this connection. */
    static void refuseUnread(HttpServletResponse response, int status, String error) throws IOException {
        response.setHeader("Connection", "close");
        refuse(response, status, error);
    }

    /** Any object. */
    public static void write(HttpServletResponse response, int status, JsonObject body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(body.toString());
    }
}
