package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class DriverLoggersTest {
    /** They take the logger of another class, which is listed. */
    private static final Set<String> BORROWERS = Set.of(
            "org.postgresql.core.QueryExecutorCloseAction",
            "org.postgresql.gss.GssEncAction",
            "org.postgresql.jdbc.PgConnectionCleaningAction",
            "org.postgresql.util.TempFileHolder");

    @Test
    void everyLoggerOfTheDriverIsListed() {
        List<String> owners = new ClassFileImporter()
                .importPackages("org.postgresql").stream()
                        .filter(type -> type.getMethodCallsFromSelf().stream()
                                .anyMatch(call -> call.getTargetOwner().isEquivalentTo(Logger.class)
                                        && call.getName().equals("getLogger")))
                        .map(JavaClass::getName)
                        .filter(name -> !BORROWERS.contains(name))
                        .toList();

        assertThat(DriverLoggers.NAMES).containsExactlyInAnyOrderElementsOf(withBorrowed(owners));
    }

    @Test
    void loggersExistOnceTheyAreHeld() {
        List<System.Logger> held = DriverLoggers.hold();

        assertThat(DriverLoggers.NAMES)
                .hasSize(held.size())
                .allSatisfy(name ->
                        assertThat(LogManager.getLogManager().getLogger(name)).isNotNull());
    }

    private static List<String> withBorrowed(List<String> owners) {
        List<String> all = new java.util.ArrayList<>(owners);
        all.add("org.postgresql"); // the parent that Driver and BaseDataSource tell of
        all.add("org.postgresql.util.StreamWrapper"); // TempFileHolder's
        return all;
    }
}
