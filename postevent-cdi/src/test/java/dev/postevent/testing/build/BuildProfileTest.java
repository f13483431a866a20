package dev.postevent.testing.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What the build does with a failed test: it is run once more in the same JVM, as here. */
class BuildProfileTest {
    private static int calls;

    private final List<ClassResult> results = new ArrayList<>();
    private final Launcher launcher = LauncherFactory.create(LauncherConfig.builder()
            .enableTestExecutionListenerAutoRegistration(false)
            .build());
    private final BuildProfile profile = new BuildProfile(results::add);

    @BeforeEach
    void begin() {
        calls = 0;
    }

    /** Fails at its first call only. */
    static class Flaky {
        @Test
        void passesTheSecondTime() {
            Assertions.assertTrue(++calls > 1);
        }
    }

    /** As above, and decided by seeds. */
    @Seeded
    static class FlakyAndSeeded {
        @Test
        void wouldPassTheSecondTime() {
            Assertions.assertTrue(++calls > 1);
        }
    }

    private void runTwice(Class<?> test) {
        for (int run = 0; run < 2; run++) {
            launcher.execute(
                    LauncherDiscoveryRequestBuilder.request()
                            .selectors(selectClass(test))
                            .build(),
                    profile);
        }
    }

    @Test
    void aTestThatPassesTheSecondTimeIsNamed() {
        runTwice(Flaky.class);
        assertThat(results).extracting(ClassResult::failed).containsExactly(1, 0);
        assertThat(results.get(0).again()).isEmpty();
        assertThat(results.get(1).again()).containsExactly("passesTheSecondTime");
        assertThat(results).extracting(ClassResult::tests).containsExactly(1, 1);
    }

    @Test
    void whatASeedHasShownStaysFailed() {
        runTwice(FlakyAndSeeded.class);
        assertThat(calls).isEqualTo(1);
        assertThat(results).extracting(ClassResult::failed).containsExactly(1, 1);
        assertThat(results.get(1).again()).isEmpty();
    }
}
