package dev.postevent.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import org.junit.jupiter.api.Test;

/** What {@link Shapes} finds, and what it lets be. */
class ShapesTest {
    record Nine(int a, int b, int c, int d, int e, int f, int g, int h, int i) {}

    record Eight(int a, int b, int c, int d, int e, int f, int g, int h) {}

    enum EightEach {
        ONE(1, 2, 3, 4, 5, 6, 7, 8);

        EightEach(int a, int b, int c, int d, int e, int f, int g, int h) {
            assertThat(a + b + c + d + e + f + g + h).isPositive();
        }
    }

    enum NineEach {
        ONE(1, 2, 3, 4, 5, 6, 7, 8, 9);

        NineEach(int a, int b, int c, int d, int e, int f, int g, int h, int i) {
            assertThat(a + b + c + d + e + f + g + h + i).isPositive();
        }
    }

    record TwoBooleans(boolean first, int number, boolean second) {}

    record OneBoolean(boolean only, int number) {
        static final boolean ANOTHER = true;
    }

    static final class NoRecord {
        boolean first;
        boolean second;
    }

    private static boolean finds(ArchCondition<JavaClass> condition, Class<?> type) {
        return classes()
                .should(condition)
                .evaluate(new ClassFileImporter().importClasses(type))
                .hasViolation();
    }

    @Test
    void aNinthParameterIsFound() {
        assertThat(finds(Shapes.haveShortConstructors(), Nine.class)).isTrue();
        assertThat(finds(Shapes.haveShortConstructors(), NineEach.class)).isTrue();
        assertThat(finds(Shapes.haveShortConstructors(), Eight.class)).isFalse();
        assertThat(finds(Shapes.haveShortConstructors(), EightEach.class)).isFalse();
    }

    @Test
    void aSecondBooleanIsFound() {
        assertThat(finds(Shapes.haveAtMostOneBoolean(), TwoBooleans.class)).isTrue();
        assertThat(finds(Shapes.haveAtMostOneBoolean(), OneBoolean.class)).isFalse();
        assertThat(finds(Shapes.haveAtMostOneBoolean(), NoRecord.class)).isFalse();
    }
}
