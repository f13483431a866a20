package dev.postevent.arch;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rooms of the house: who may know whom. */
class RoomsTest {
    private static final String[] STAGES = {
        "dev.postevent.internal.schema..",
        "dev.postevent.internal.outbox..",
        "dev.postevent.internal.feed..",
        "dev.postevent.internal.inbox..",
        "dev.postevent.internal.catchup..",
        "dev.postevent.internal.processor..",
        "dev.postevent.internal.health..",
        "dev.postevent.internal.config..",
        "dev.postevent.internal.worker..",
    };

    static final ArchRule STAGES_DO_NOT_KNOW_EACH_OTHER = SlicesRuleDefinition.slices()
            .matching("dev.postevent.internal.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAPackage("dev.postevent.internal.cdi.."), alwaysTrue())
            .ignoreDependency(alwaysTrue(), resideInAPackage("dev.postevent.internal.worker.."));

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
            .resideOutsideOfPackage("dev.postevent.internal.feed..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.debezium..", "org.apache.kafka..", "org.postgresql..");

    static final ArchRule SQL_IS_IN_STORES = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.postevent.internal.catchup..",
                    "dev.postevent.internal.health..",
                    "dev.postevent.internal.config..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.sql..");

    static final ArchRule NO_OTHER_LOGGING_API = noClasses()
            .that()
            .resideOutsideOfPackage("dev.postevent.internal.feed.log..") // hands the engine's SLF4J over
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.slf4j..", "java.util.logging..", "org.jboss.logging..");

    static final ArchRule NO_THREAD_IS_MADE_HERE = noClasses()
            .should()
            .callConstructor(Thread.class, Runnable.class)
            .orShould()
            .callConstructor(Thread.class);

    static final ArchRule NO_STATIC_STATE = noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage("dev.postevent..")
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED)
            .andShould()
            .haveModifier(JavaModifier.STATIC);

    static final ArchRule INTERNALS_ARE_FINAL = classes()
            .that()
            .resideInAPackage("dev.postevent.internal..")
            .and()
            .areNotInterfaces()
            .and()
            .doNotHaveModifier(JavaModifier.ABSTRACT)
            .and(new com.tngtech.archunit.base.DescribedPredicate<JavaClass>("are no CDI beans or extensions") {
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

    /** One test per rule above; they are read from the fields, so that none can be forgotten. */
    @TestFactory
    Stream<DynamicTest> everyRuleHolds() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.postevent");
        return Arrays.stream(RoomsTest.class.getDeclaredFields())
                .filter(field -> field.getType() == ArchRule.class)
                .map(field ->
                        DynamicTest.dynamicTest(field.getName(), () -> ((ArchRule) field.get(null)).check(classes)));
    }
}
