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
    private static final Set<String> PACKAGES = Set.of("dev.postevent", "dev.postevent.spi");

    /** What a name consists of does not change. */
    private static final Set<String> MAY_BE = Set.of("dev.postevent.spi.TopicName");

    private static final JavaClasses API = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.postevent")
            .that(DescribedPredicate.describe("are offered", type -> PACKAGES.contains(type.getPackageName())));

    /** One more component is another constructor, and another pattern. */
    @Test
    void noPublicTypeIsARecord() {
        Set<String> records = new TreeSet<>();
        for (JavaClass type : API) {
            if (type.isRecord() && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                records.add(type.getName());
            }
        }
        assertThat(records).isEqualTo(new TreeSet<>(MAY_BE));
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
