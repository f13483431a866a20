package dev.postevent.grpc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import dev.postevent.arch.Shapes;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rooms of this module: who may know whom. */
class GrpcRoomsTest {
    static final ArchRule SERVER_AND_CLIENT_DO_NOT_KNOW_EACH_OTHER = SlicesRuleDefinition.slices()
            .matching("dev.postevent.grpc.(server|client)..")
            .should()
            .notDependOnEachOther();

    static final ArchRule THE_WIRE_KNOWS_NEITHER = noClasses()
            .that()
            .resideInAPackage("dev.postevent.grpc.wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.postevent.grpc.server..", "dev.postevent.grpc.client..");

    static final ArchRule WHAT_THE_MAIN_JAR_HAS_INSIDE_IS_ITS_OWN = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.postevent.internal.cdi..",
                    "dev.postevent.internal.outbox..",
                    "dev.postevent.internal.inbox..",
                    "dev.postevent.internal.feed..",
                    "dev.postevent.internal.flow..",
                    "dev.postevent.internal.catchup..",
                    "dev.postevent.internal.processor..",
                    "dev.postevent.internal.schema..");

    static final ArchRule NO_SQL = noClasses().should().dependOnClassesThat().resideInAPackage("java.sql..");

    /** But where that of gRPC is made quiet. */
    static final ArchRule NO_OTHER_LOGGING_API = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.postevent.grpc.server.TransportLog")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.slf4j..", "java.util.logging..", "org.jboss.logging..");

    static final ArchRule NO_THREAD_IS_MADE_HERE = noClasses()
            .should()
            .callConstructor(Thread.class, Runnable.class)
            .orShould()
            .callConstructor(Thread.class);

    /** The messages are made of the protocol, by its compiler. */
    static final ArchRule NOTHING_IS_MADE_OF_MORE_PARTS_THAN_ONE_CAN_SEE =
            classes().that().resideOutsideOfPackage("dev.postevent.grpc.v1..").should(Shapes.haveShortConstructors());

    static final ArchRule NO_RECORD_HAS_TWO_BOOLEANS = classes().should(Shapes.haveAtMostOneBoolean());

    @TestFactory
    Stream<DynamicTest> everyRuleHolds() {
        return Shapes.everyRuleOf(GrpcRoomsTest.class, "dev.postevent.grpc");
    }
}
