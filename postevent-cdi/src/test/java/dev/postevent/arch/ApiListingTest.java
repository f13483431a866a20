package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.postevent.Experimental;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What users compile against, as a text that is kept: {@code docs/api.txt}. A change of it is wanted or a mistake, and seen in
 * either case. From the first release on it is compared with that. {@code -Dtest.api.write=true} writes it anew,
 * and the run is red if that changed it: somebody looks at the difference, and the next run is green.
 */
class ApiListingTest {
    private static final Path KEPT = Path.of("..", "docs", "api.txt");
    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Set<String> PACKAGES = Set.of("dev.postevent", "dev.postevent.spi");

    @Test
    void thePublicTypesAreThoseThatAreKept() throws IOException {
        List<String> listing = listing();
        List<String> kept = Files.readAllLines(KEPT);
        if (Boolean.getBoolean("test.api.write")) {
            Files.write(KEPT, listing);
        }
        assertThat(String.join("\n", listing))
                .as("public API; if the change is wanted: -Dtest.api.write=true -Dtest=ApiListingTest, and a line in"
                        + " CHANGELOG.md")
                .isEqualTo(String.join("\n", kept));
    }

    @Test
    void everyPackageThatIsNotInternalIsListed() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : all()) {
            if (!type.getPackageName().startsWith("dev.postevent.internal")) {
                found.add(type.getPackageName());
            }
        }
        assertThat(found).isEqualTo(new TreeSet<>(PACKAGES));
    }

    private static Iterable<JavaClass> all() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.postevent");
    }

    private static List<String> listing() {
        List<JavaClass> types = new ArrayList<>();
        for (JavaClass type : all()) {
            if (PACKAGES.contains(type.getPackageName()) && isOpen(type.reflect())) {
                types.add(type);
            }
        }
        types.sort(Comparator.comparing(JavaClass::getName));
        List<String> lines = new ArrayList<>();
        for (JavaClass type : types) {
            Class<?> reflected = type.reflect();
            lines.add((isExperimental(type) ? "@Experimental " : "") + head(reflected));
            members(reflected).sorted().map(member -> "    " + member).forEach(lines::add);
        }
        return lines;
    }

    /** A class whose source is gone stays among the compiled ones until a clean build: it is no API, and would be listed as such. */
    @Test
    void everyListedTypeHasASource() {
        for (JavaClass type : all()) {
            if (PACKAGES.contains(type.getPackageName()) && !type.isNestedClass()) {
                Path source = SOURCES.resolve(type.getName().replace('.', '/') + ".java");
                assertThat(source).as("left by an earlier build? mvn clean").exists();
            }
        }
    }

    /** Public, and so is what it stands in. */
    private static boolean isOpen(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getDeclaringClass() == null || isOpen(type.getDeclaringClass()));
    }

    private static boolean isExperimental(JavaClass type) {
        return type.isAnnotatedWith(Experimental.class)
                || type.getPackage().isAnnotatedWith(Experimental.class)
                || type.getEnclosingClass()
                        .filter(ApiListingTest::isExperimental)
                        .isPresent();
    }

    private static String head(Class<?> type) {
        StringBuilder text = new StringBuilder(type.toGenericString());
        if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
            text.append(" extends ").append(type.getGenericSuperclass().getTypeName());
        }
        String[] interfaces = Arrays.stream(type.getGenericInterfaces())
                .map(Type::getTypeName)
                .sorted()
                .toArray(String[]::new);
        return interfaces.length == 0 ? text.toString() : text + " implements " + String.join(", ", interfaces);
    }

    private static Stream<String> members(Class<?> type) {
        return Stream.of(
                        Arrays.stream(type.getDeclaredFields())
                                .filter(ApiListingTest::isOffered)
                                .map(Field::toGenericString),
                        Stream.concat(
                                        Arrays.stream(type.getDeclaredConstructors()),
                                        Arrays.stream(type.getDeclaredMethods()))
                                .filter(ApiListingTest::isOffered)
                                .map(ApiListingTest::text))
                .flatMap(texts -> texts);
    }

    private static String text(Executable member) {
        Object byDefault = member instanceof Method method ? method.getDefaultValue() : null;
        return member.toGenericString() + (byDefault == null ? "" : " default " + byDefault);
    }

    private static boolean isOffered(Member member) {
        return !member.isSynthetic()
                && (Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers()));
    }
}
