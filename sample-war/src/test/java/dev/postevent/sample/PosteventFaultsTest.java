package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.DuplicateEventException;
import dev.postevent.InvalidEventException;
import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import jakarta.ws.rs.core.Response.Status;
import org.junit.jupiter.api.Test;

/** A sender drops what is there already, tries again what passes, and tells a person the rest. */
class PosteventFaultsTest {
    @Test
    void eachFaultIsAnsweredByWhatTheCallerHasToDo() {
        assertThat(PosteventFaults.status(new InvalidEventException("PSTEV31010", "is null")))
                .isEqualTo(Status.BAD_REQUEST);
        assertThat(PosteventFaults.status(new NotFoundException("PSTEV31001", "no such topic")))
                .isEqualTo(Status.NOT_FOUND);
        assertThat(PosteventFaults.status(new DuplicateEventException("PSTEV31021", "is there", null)))
                .isEqualTo(Status.CONFLICT);
        assertThat(PosteventFaults.status(new NotHeldException("PSTEV34003", "is not held")))
                .isEqualTo(Status.CONFLICT);
        assertThat(PosteventFaults.status(new PosteventException("PSTEV20013", "is another application's")))
                .isEqualTo(Status.CONFLICT);
        assertThat(PosteventFaults.status(new TransientFailureException("PSTEV31027", "no connection", null)))
                .isEqualTo(Status.SERVICE_UNAVAILABLE);
        assertThat(PosteventFaults.status(new PosteventException("PSTEV31023", "the table is missing")))
                .as("no sender may take this for an event that is there")
                .isEqualTo(Status.INTERNAL_SERVER_ERROR);
    }
}
