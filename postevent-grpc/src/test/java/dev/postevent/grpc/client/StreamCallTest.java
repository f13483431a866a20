package dev.postevent.grpc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.grpc.v1.Entries;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.grpc.v1.SubscribeResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** In which order what came is taken. */
class StreamCallTest {
    private final StreamCall call = new StreamCall();

    private static SubscribeResponse entries(long position) {
        return SubscribeResponse.newBuilder()
                .setEntries(Entries.newBuilder().addEntries(Entry.newBuilder().setPosition(position)))
                .build();
    }

    private SubscribeResponse taken() throws InterruptedException {
        return Objects.requireNonNull(
                Objects.requireNonNull(call.take(Duration.ZERO)).message());
    }

    @Test
    void entriesThatWaitAreTakenUntilSomethingElseCame() throws InterruptedException {
        SubscribeResponse heartbeat = SubscribeResponse.newBuilder()
                .setHeartbeat(Heartbeat.getDefaultInstance())
                .build();
        call.onNext(entries(1));
        call.onNext(entries(2));
        call.onNext(entries(3));
        call.onNext(heartbeat);
        call.onNext(entries(4));

        assertThat(taken()).isEqualTo(entries(1));
        assertThat(call.takeEntries()).isEqualTo(entries(2).getEntries());
        assertThat(call.takeEntries()).isEqualTo(entries(3).getEntries());
        assertThat(call.takeEntries()).as("a heartbeat keeps its place").isNull();
        assertThat(taken()).isEqualTo(heartbeat);
        assertThat(call.takeEntries()).isEqualTo(entries(4).getEntries());
        assertThat(call.takeEntries()).as("nothing is there").isNull();
    }

    @Test
    void theEndIsNeverTakenForEntries() throws InterruptedException {
        call.onNext(entries(1));
        call.onError(Status.UNAVAILABLE.asException());
        assertThat(taken()).isEqualTo(entries(1));
        assertThat(call.takeEntries()).isNull();
        assertThat(Objects.requireNonNull(call.take(Duration.ZERO)).end())
                .extracting(Status::getCode)
                .isEqualTo(Status.Code.UNAVAILABLE);
    }
}
