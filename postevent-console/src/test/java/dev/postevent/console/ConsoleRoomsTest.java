package dev.postevent.console;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import dev.postevent.arch.Shapes;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the console may know: what everybody may, so that it can do nothing that a user's own page could not. */
class ConsoleRoomsTest {
    static final ArchRule IT_IS_A_USER_OF_THE_API = noClasses()
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("dev.postevent..")
                    .and(not(resideInAnyPackage(
                            "dev.postevent",
                            "dev.postevent.spi",
                            "dev.postevent.console",
                            "dev.postevent.internal.config")))); // what a key says about its bounds

    static final ArchRule NO_SQL = noClasses().should().dependOnClassesThat().resideInAPackage("java.sql..");

    static final ArchRule NO_OTHER_LOGGING_API = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.slf4j..", "java.util.logging..", "org.jboss.logging..");

    static final ArchRule NO_THREAD_IS_MADE_HERE = noClasses()
            .should()
            .callConstructor(Thread.class, Runnable.class)
            .orShould()
            .callConstructor(Thread.class);

    static final ArchRule NO_REST_OF_OURS_IN_ANOTHERS_APPLICATION =
            noClasses().should().dependOnClassesThat().resideInAPackage("jakarta.ws.rs..");

    static final ArchRule NOTHING_IS_MADE_OF_MORE_PARTS_THAN_ONE_CAN_SEE =
            classes().should(Shapes.haveShortConstructors());

    static final ArchRule NO_RECORD_HAS_TWO_BOOLEANS = classes().should(Shapes.haveAtMostOneBoolean());

    @TestFactory
    Stream<DynamicTest> everyRuleHolds() {
        return Shapes.everyRuleOf(ConsoleRoomsTest.class, "dev.postevent.console");
    }
}
