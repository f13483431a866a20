package dev.postevent.testing.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Two JVMs of tests do not meet on a port, though neither knows of the other. */
class FreePortTest {
    /** Another JVM of tests. */
    static final class Other {
        private Other() {}

        public static void main(String... args) {
            System.out.print(FreePort.find());
        }
    }

    @Test
    void anotherJvmWithTheSameNumberHasAnotherRange() throws Exception {
        int own = FreePort.find();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Other.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(range(Integer.parseInt(output))).isNotEqualTo(range(own));
        assertThat(range(FreePort.find())).isEqualTo(range(own));
    }

    private static int range(int port) {
        return (port - 12_000) / 400;
    }
}
