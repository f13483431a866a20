package dev.postevent.sample;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;

/** A body that is not the JSON that is expected is the caller's mistake, on every server. */
@Provider
public class UnreadableBody implements ReaderInterceptor {

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
        try {
            return context.proceed();
        } catch (WebApplicationException e) {
            throw e; // has its answer
        } catch (RuntimeException e) {
            // not JsonException alone: JSON-P has others for numbers too long and nesting too deep
            throw Refusal.badRequest("the body is not the JSON that is expected: " + e.getMessage());
        }
    }
}
