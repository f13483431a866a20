package dev.postevent.console;

import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.PosteventException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Serial;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a request is not answered as was asked: a status of HTTP and a sentence for a person (RFC 9457). */
final class Problem extends RuntimeException {
    static final int TOO_LARGE = 413;
    static final int WRONG_TYPE = 415;

    @Serial
    private static final long serialVersionUID = 1L;

    /** What an operator can settle, be it only by asking again later; everything else of the library is an error of the server. */
    private static final Map<String, Integer> STATUS_OF_CODE = Map.of(
            "PSTEV20016", HttpServletResponse.SC_SERVICE_UNAVAILABLE,
            "PSTEV34007", HttpServletResponse.SC_CONFLICT,
            "PSTEV34009", HttpServletResponse.SC_CONFLICT,
            "PSTEV34010", HttpServletResponse.SC_CONFLICT,
            "PSTEV34013", HttpServletResponse.SC_CONFLICT,
            "PSTEV34014", HttpServletResponse.SC_CONFLICT);

    private final int status;
    private final @Nullable String code;

    private Problem(int status, @Nullable String code, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.status = status;
        this.code = code;
    }

    Problem(int status, String detail) {
        this(status, null, detail, null);
    }

    static Problem badRequest(String detail) {
        return new Problem(HttpServletResponse.SC_BAD_REQUEST, detail);
    }

    static Problem notFound(String detail) {
        return new Problem(HttpServletResponse.SC_NOT_FOUND, detail);
    }

    /** What the library threw, as it is told over HTTP. */
    static Problem of(PosteventException thrown) {
        int status;
        if (thrown instanceof NotFoundException) {
            status = HttpServletResponse.SC_NOT_FOUND;
        } else if (thrown instanceof NotHeldException) {
            status = HttpServletResponse.SC_CONFLICT;
        } else if (thrown.isTransient()) {
            status = HttpServletResponse.SC_SERVICE_UNAVAILABLE;
        } else {
            status = STATUS_OF_CODE.getOrDefault(thrown.code(), HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
        }
        return new Problem(status, thrown.code(), String.valueOf(thrown.getMessage()), thrown);
    }

    /** A value that the library does not take. */
    static Problem of(IllegalArgumentException thrown) {
        return new Problem(HttpServletResponse.SC_BAD_REQUEST, null, String.valueOf(thrown.getMessage()), thrown);
    }

    /** What HTTP calls the status. */
    String title() {
        return switch (status) {
            case HttpServletResponse.SC_BAD_REQUEST -> "Bad Request";
            case HttpServletResponse.SC_FORBIDDEN -> "Forbidden";
            case HttpServletResponse.SC_NOT_FOUND -> "Not Found";
            case HttpServletResponse.SC_METHOD_NOT_ALLOWED -> "Method Not Allowed";
            case HttpServletResponse.SC_CONFLICT -> "Conflict";
            case TOO_LARGE -> "Content Too Large";
            case WRONG_TYPE -> "Unsupported Media Type";
            case HttpServletResponse.SC_SERVICE_UNAVAILABLE -> "Service Unavailable";
            default -> "Internal Server Error";
        };
    }

    int status() {
        return status;
    }

    /** The library's code; empty: it is none of the library's. */
    Optional<String> code() {
        return Optional.ofNullable(code);
    }

    String detail() {
        return String.valueOf(getMessage());
    }

    /** Whether it is a fault of the server, which its operators have to find in the log. */
    boolean isOurs() {
        return status == HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
    }
}
