package dev.postevent.internal.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlightTest {

    /** WildFly, where no JAR of the application asks for it. */
    private static final class WithoutRecorder extends URLClassLoader {
        WithoutRecorder() {
            super(new URL[] {Flight.class.getProtectionDomain().getCodeSource().getLocation()});
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("jdk.jfr.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("dev.postevent.internal.flight.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> there = findLoadedClass(name);
            return there == null ? findClass(name) : there;
        }
    }

    @Test
    void whereThereIsNoRecorderNothingHappens() throws Exception {
        try (WithoutRecorder loader = new WithoutRecorder()) {
            Class<?> flight = loader.loadClass(Flight.class.getName());
            assertThat(flight).isNotEqualTo(Flight.class);
            Object batch = flight.getMethod("batch").invoke(null);
            assertThat(batch.getClass().getSimpleName()).isEqualTo("Untold");
            assertThat(flight.getMethod("laneTurn").invoke(null)).isSameAs(batch);
        }
    }

    @Test
    void whereThereIsOneItIsUsedAndNotBeingRecordedIsNoFault() {
        Flight.Batch batch = Flight.batch();
        assertThat(batch).isInstanceOf(RecordedFlight.BatchEvent.class);
        batch.ended("s", 1, 2, 3, "committed");
        Flight.settle().ended("orders", 1, 2, true);
        Flight.handOver().ended("local topics", Map.of("orders", List.of(1, 2)));
        Flight.laneTurn().ended("s", 1, 1);
    }

    @Test
    void aClassThatIsNotThereIsNoFault() throws IOException {
        assertThat(Flight.load("dev.postevent.internal.flight.Missing", Flight.class.getClassLoader())
                        .newSettle())
                .isNotNull();
    }
}
