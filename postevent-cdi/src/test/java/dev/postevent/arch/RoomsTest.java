package dev.postevent.arch;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.lang.reflect.Field;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rooms of the house: who may know whom. */
class RoomsTest {
    private static final String[] STAGES = {
        "dev.postevent.internal.schema..",
        "dev.postevent.internal.outbox..",
        "dev.postevent.internal.eventlog..",
        "dev.postevent.internal.feed..",
        "dev.postevent.internal.live..",
        "dev.postevent.internal.inbox..",
        "dev.postevent.internal.catchup..",
        "dev.postevent.internal.processor..",
        "dev.postevent.internal.health..",
        "dev.postevent.internal.warnings..",
        "dev.postevent.internal.notice..",
        "dev.postevent.internal.config..",
        "dev.postevent.internal.flow..",
        "dev.postevent.internal.jdbc..",
        "dev.postevent.internal.threads..",
        "dev.postevent.internal.text..",
        "dev.postevent.internal.flight..",
        "dev.postevent.internal.telemetry..",
    };

    /** The ground floor: what stages have in common, and what passes between them. */
    private static final String[] GROUND = {
        "dev.postevent.internal.flow..",
        "dev.postevent.internal.jdbc..",
        "dev.postevent.internal.threads..",
        "dev.postevent.internal.text..",
        "dev.postevent.internal.flight..",
    };

    static final ArchRule STAGES_DO_NOT_KNOW_EACH_OTHER = SlicesRuleDefinition.slices()
            .matching("dev.postevent.internal.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAPackage("dev.postevent.internal.cdi.."), alwaysTrue())
            .ignoreDependency(alwaysTrue(), resideInAnyPackage(GROUND));

    static final ArchRule PORTS_KNOW_NO_STAGE = classes()
            .that()
            .resideInAPackage("dev.postevent.internal.flow..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify.annotations..",
                    "dev.postevent",
                    "dev.postevent.spi..",
                    "dev.postevent.internal.flow..");

    static final ArchRule THE_GROUND_FLOOR_HAS_NO_CIRCLE = SlicesRuleDefinition.slices()
            .matching("dev.postevent.internal.(flow|jdbc|threads|text|flight)..")
            .should()
            .beFreeOfCycles();

    static final ArchRule FEEDS_DO_NOT_KNOW_EACH_OTHER = SlicesRuleDefinition.slices()
            .matching("dev.postevent.internal.feed.(*)..")
            .should()
            .notDependOnEachOther();

    static final ArchRule WHAT_FEEDS_HAVE_IN_COMMON_KNOWS_NO_FEED = noClasses()
            .that()
            .resideInAPackage("dev.postevent.internal.feed")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.postevent.internal.feed.debezium..", "dev.postevent.internal.feed.polling..");

    static final ArchRule NOBODY_KNOWS_THE_WIRING = noClasses()
            .that(resideInAnyPackage(STAGES))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.postevent.internal.cdi..");

    static final ArchRule THE_API_KNOWS_NO_INTERNALS = noClasses()
            .that()
            .resideInAnyPackage("dev.postevent", "dev.postevent.spi")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.postevent.internal..");

    static final ArchRule ONLY_THE_FEED_KNOWS_DEBEZIUM = noClasses()
            .that()
            .resideOutsideOfPackages("dev.postevent.internal.feed.debezium..", "dev.postevent.internal.feed.log..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.debezium..", "org.apache.kafka..", "org.postgresql..");

    /** It may not be there, so what names it is loaded by its name, and nothing else is. */
    static final ArchRule ONE_CLASS_KNOWS_OPEN_TELEMETRY = noClasses()
            .that()
            .haveNameNotMatching(quoted("dev.postevent.internal.telemetry.OpenTelemetrySignals"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.opentelemetry..");

    static final ArchRule AND_NOBODY_KNOWS_THAT_CLASS = noClasses()
            .that()
            .haveNameNotMatching(quoted("dev.postevent.internal.telemetry.OpenTelemetrySignals"))
            .should()
            .dependOnClassesThat()
            .haveNameMatching(quoted("dev.postevent.internal.telemetry.OpenTelemetrySignals"));

    /** Nor need the flight recorder be. */
    static final ArchRule ONE_CLASS_KNOWS_THE_FLIGHT_RECORDER = noClasses()
            .that()
            .haveNameNotMatching(quoted("dev.postevent.internal.flight.RecordedFlight"))
            .should()
            .dependOnClassesThat(resideInAPackage("jdk.jfr..")
                    .or(nameMatching(quoted("dev.postevent.internal.flight.RecordedFlight"))
                            .forSubtype()));

    /** Statements are made and results are read in stores; the others hand connections over. */
    static final ArchRule SQL_IS_IN_STORES = noClasses()
            .that()
            .haveNameNotMatching(".*Store(\\$.*)?")
            .and()
            .haveNameNotMatching(quoted(
                    "dev.postevent.internal.feed.debezium.EngineRun", // cancels the store's statement that waits to
                    // make
                    // the slot
                    "dev.postevent.internal.processor.Parameters")) // sets what the stores of its room give it
            .should()
            .dependOnClassesThat(assignableTo(Statement.class)
                    .or(assignableTo(ResultSet.class))
                    .or(assignableTo(java.sql.Array.class))
                    .as("are statements, results or arrays of JDBC"));

    /** Who has a database in hand at all. */
    static final ArchRule JDBC_STAYS_IN_ITS_ROOMS = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.postevent.internal.outbox..",
                    "dev.postevent.internal.eventlog..",
                    "dev.postevent.internal.schema..",
                    "dev.postevent.internal.feed..",
                    "dev.postevent.internal.inbox..",
                    "dev.postevent.internal.processor..",
                    "dev.postevent.internal.warnings..",
                    "dev.postevent.internal.jdbc..")
            .and()
            .haveNameNotMatching(
                    quoted("dev.postevent.internal.cdi.Plan")) // asks the data source for its URL, to stream from there
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.sql..");

    static final ArchRule NO_OTHER_LOGGING_API = noClasses()
            .that()
            .resideOutsideOfPackage("dev.postevent.internal.feed.log..") // hands the engine's SLF4J over
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.slf4j..", "java.util.logging..", "org.jboss.logging..");

    /** Threads come from the server's factory, through {@code Threads}; that alone has pools. */
    static final ArchRule NO_THREAD_IS_MADE_HERE = noClasses()
            .that()
            .haveNameNotMatching(quoted(
                    "dev.postevent.internal.threads.Threads",
                    "dev.postevent.internal.threads.OwnPool", // these replace their threads
                    "dev.postevent.internal.threads.OwnTimer"))
            .should()
            .callConstructorWhere(target(owner(assignableTo(Thread.class)
                            .or(assignableTo(java.util.Timer.class))
                            .or(assignableTo(java.util.concurrent.AbstractExecutorService.class))))
                    .as("of a thread, timer or pool"))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(java.util.concurrent.Executors.class))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(java.util.concurrent.ForkJoinPool.class))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(java.util.concurrent.CompletableFuture.class)))
                    .and(target(nameMatching(".*Async|orTimeout|completeOnTimeout|delayedExecutor"))))
            .orShould()
            .callMethodWhere(target(nameMatching("parallel|parallelStream")))
            .orShould()
            .beAssignableTo(Thread.class);

    /**
     * What is written in the language of the machine has its digits and letters, and is no SQL, no name and no number to others. The
     * formats of {@code String.formatted} have no other language; those of {@code java.text} are made for people.
     */
    static final ArchRule NOTHING_IS_WRITTEN_IN_THE_LANGUAGE_OF_THE_MACHINE = noClasses()
            .should()
            .accessTargetWhere(new DescribedPredicate<JavaAccess<?>>("takes the default locale") {
                @Override
                public boolean test(JavaAccess<?> access) {
                    return access.getTarget() instanceof CodeUnitAccessTarget unit
                            && dependsOnLocale(unit.getOwner().getName(), unit.getName())
                            && unit.getRawParameterTypes().stream()
                                    .noneMatch(parameter -> parameter.isEquivalentTo(Locale.class));
                }
            })
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.text..");

    private static boolean dependsOnLocale(String owner, String method) {
        return switch (owner) {
            case "java.lang.String" ->
                Set.of("format", "formatted", "toLowerCase", "toUpperCase").contains(method);
            case "java.io.PrintStream", "java.io.PrintWriter", "java.io.Console" ->
                Set.of("format", "printf").contains(method);
            case "java.util.Formatter", "java.util.Scanner" -> method.equals("<init>");
            case "java.time.format.DateTimeFormatter" -> method.equals("ofPattern") || method.startsWith("ofLocalized");
            default -> false;
        };
    }

    static final ArchRule NO_STATIC_STATE = fields().that().areStatic().should().beFinal();

    /** A static final field may hold state all the same; these do, and nothing else may. */
    static final ArchRule NO_STATIC_STATE_IN_FINAL_FIELDS = fields().that()
            .areStatic()
            .and()
            .doNotHaveFullName(
                    "dev.postevent.internal.cdi.CurrentDelivery.CURRENT") // of the thread, ends with the call
            .and()
            .doNotHaveFullName("dev.postevent.internal.threads.OwnThread.CURRENT") // of the thread, ends with it
            // the driver makes the factory by its name, and Debezium the connector: what these need has no other way to
            // them, and is
            // taken out when the stream ends
            .and()
            .doNotHaveFullName("dev.postevent.internal.feed.debezium.StreamSockets.LATEST")
            .and()
            .doNotHaveFullName("dev.postevent.internal.feed.SnapshotStore.OPEN")
            .should(new ArchCondition<>("hold no state that changes") {
                @Override
                public void check(JavaField field, ConditionEvents events) {
                    events.add(new SimpleConditionEvent(field, !changes(valueOf(field)), field.getDescription()));
                }
            });

    /** What it was initialised with: the type that it is declared with may say less. */
    private static Object valueOf(JavaField field) {
        try {
            Field reflected = Class.forName(field.getOwner().getName()).getDeclaredField(field.getName());
            reflected.setAccessible(true);
            return reflected.get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(field.getFullName(), e);
        }
    }

    private static boolean changes(Object value) {
        if (value instanceof Map || value instanceof Collection) {
            String type = value.getClass().getName();
            return !type.startsWith("java.util.ImmutableCollections") && !type.startsWith("java.util.Collections$");
        }
        return value instanceof ThreadLocal
                || value instanceof Lock
                || value instanceof StringBuilder
                || value.getClass().getPackageName().equals("java.util.concurrent.atomic");
    }

    static final ArchRule NO_LOCK_IS_STATIC = noMethods()
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED)
            .andShould()
            .haveModifier(JavaModifier.STATIC);

    static final ArchRule EVERY_PACKAGE_IS_NULL_MARKED = classes()
            .should(new ArchCondition<>("be in a package whose package-info has @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    events.add(new SimpleConditionEvent(
                            type, type.getPackage().isAnnotatedWith(NullMarked.class), type.getDescription()));
                }
            });

    static final ArchRule INTERNALS_ARE_FINAL = classes()
            .that()
            .resideInAPackage("dev.postevent.internal..")
            .and()
            .areNotInterfaces()
            .and()
            .doNotHaveModifier(JavaModifier.ABSTRACT)
            .and(new DescribedPredicate<JavaClass>("are no CDI beans or extensions") {
                @Override
                public boolean test(JavaClass type) {
                    return !type.isAnonymousClass()
                            && !type.getSimpleName().equals("package-info")
                            && !type.isAnnotatedWith("jakarta.enterprise.context.ApplicationScoped")
                            && !type.isAssignableTo("jakarta.enterprise.inject.spi.Extension");
                }
            })
            .should()
            .haveModifier(JavaModifier.FINAL);

    static final ArchRule NOTHING_IS_MADE_OF_MORE_PARTS_THAN_ONE_CAN_SEE =
            classes().should(Shapes.haveShortConstructors());

    static final ArchRule NO_RECORD_HAS_TWO_BOOLEANS = classes().should(Shapes.haveAtMostOneBoolean());

    /** A pattern for classes of these names and what is nested in them. */
    private static String quoted(String... names) {
        return Arrays.stream(names).map(Pattern::quote).collect(Collectors.joining("|", "(?:", ")(?:\\$.*)?"));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleHolds() {
        return Shapes.everyRuleOf(RoomsTest.class, "dev.postevent");
    }
}
