package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the public types must be to gain parts without breaking who was compiled against fewer. */
class ApiShapeTest {
    private static final JavaClasses API = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.postevent")
            .that(DescribedPredicate.describe(
                    "are offered", type -> type.getPackageName().equals("dev.postevent")));

    /** One more component is another constructor, and another pattern. */
    @Test
    void noPublicTypeIsARecord() {
        Set<String> records = new TreeSet<>();
        for (JavaClass type : API) {
            if (type.isRecord() && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                records.add(type.getName());
            }
        }
        assertThat(records).isEmpty();
    }

    /** -1 and NaN look like an answer. */
    @Test
    void noStatusIsAFraction() {
        Set<String> fractions = new TreeSet<>();
        for (JavaClass type : API) {
            type.getMethods().stream()
                    .filter(method -> method.getRawReturnType().isEquivalentTo(double.class)
                            || method.getRawReturnType().isEquivalentTo(float.class))
                    .forEach(method -> fractions.add(method.getFullName()));
        }
        assertThat(fractions).as("a time is a Duration").isEmpty();
    }
}
