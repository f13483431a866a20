package dev.postevent.arch;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

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
}
