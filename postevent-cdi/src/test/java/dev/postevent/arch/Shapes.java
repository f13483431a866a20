package dev.postevent.arch;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** What is checked of the shape of a class, in every module. */
public final class Shapes {
    /** Whoever calls a constructor sees what is what; what has more parts has parts with a name of their own. */
    public static final int PARAMETERS_MAX = 8;

    /** The compiler gives the constructors of an enum a name and a number first. */
    private static final int OF_AN_ENUM = 2;

    private Shapes() {}

    /** No constructor has more than {@link #PARAMETERS_MAX} parameters. */
    public static ArchCondition<JavaClass> haveShortConstructors() {
        return new ArchCondition<>("have no constructor with more than " + PARAMETERS_MAX + " parameters") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (type.isAnonymousClass()) {
                    // its parameters are what it is made of, and what it sees around it
                    return;
                }
                for (JavaConstructor constructor : type.getConstructors()) {
                    int count = constructor.getRawParameterTypes().size() - (type.isEnum() ? OF_AN_ENUM : 0);
                    events.add(new SimpleConditionEvent(
                            type,
                            count <= PARAMETERS_MAX,
                            constructor.getDescription() + " has " + count + " parameters"));
                }
            }
        };
    }

    /** No record has two booleans: where it is made, nobody sees which is which. */
    public static ArchCondition<JavaClass> haveAtMostOneBoolean() {
        return new ArchCondition<>("have at most one boolean, if they are records") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (type.isRecord()) {
                    long count = type.getFields().stream()
                            .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                            .filter(field -> field.getRawType().isEquivalentTo(boolean.class))
                            .count();
                    events.add(new SimpleConditionEvent(
                            type, count <= 1, type.getDescription() + " has " + count + " booleans"));
                }
            }
        };
    }

    /** One test per rule that a class has in a field of its own, so that none can be forgotten. */
    public static Stream<DynamicTest> everyRuleOf(Class<?> rules, String packages) {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(packages);
        return Arrays.stream(rules.getDeclaredFields())
                .filter(field -> field.getType() == ArchRule.class)
                .map(field -> DynamicTest.dynamicTest(field.getName(), () -> {
                    field.setAccessible(true);
                    ((ArchRule) field.get(null)).check(classes);
                }));
    }
}
