import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Looks whether what {@code mvn -Prelease verify} made may be published: what Maven Central demands of an artifact, and what users
 * of ours expect in it. Run in the root directory: {@code java .ci/CheckRelease.java}, and with {@code signed} after
 * {@code -Prelease,sign}. Exits with 1 and a line for each fault.
 */
final class CheckRelease {
    private static final List<String> JARS = List.of("postevent-cdi", "postevent-testkit", "postevent-grpc");
    /** The test kit shares packages with the library, so it is for the class path alone. */
    private static final Map<String, String> MODULES =
            Map.of("postevent-cdi", "dev.postevent", "postevent-grpc", "dev.postevent.grpc");
    private static final List<String> POMS = List.of(".", "postevent-bom");
    private static final Pattern RELOCATED = Pattern.compile("dev/postevent/shaded/(.+)/[^/]+\\.class");

    private final List<String> faults = new ArrayList<>();
    private final boolean signed;

    private CheckRelease(boolean signed) {
        this.signed = signed;
    }

    public static void main(String[] arguments) throws Exception {
        CheckRelease check = new CheckRelease(List.of(arguments).contains("signed"));
        String version = check.pom(Path.of("pom.xml"), null);
        for (String module : POMS) {
            check.pom(Path.of(module, "pom.xml"), version);
            String artifact = module.equals(".") ? "postevent-parent" : module;
            check.signatures(Path.of(module, "target"), artifact + "-" + version, ".pom");
        }
        for (String module : JARS) {
            check.pom(Path.of(module, "pom.xml"), version);
            check.artifact(module, version);
        }
        check.faults.forEach(fault -> System.err.println("release: " + fault));
        if (!check.faults.isEmpty()) {
            System.exit(1);
        }
        System.out.println("release: " + version + " has all that is demanded of " + (POMS.size() + JARS.size()) + " artifacts"
                + (version.endsWith("-SNAPSHOT") ? "; a release has another version" : ""));
    }

    /** What a person reads there; what is missing in a module is its parent's. Returns the version. */
    private String pom(Path file, String expected) throws Exception {
        Element project =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getDocumentElement();
        boolean child = child(project, "parent") != null;
        List<String> demanded = new ArrayList<>(List.of("name", "description"));
        if (!child) {
            demanded.addAll(List.of("groupId", "artifactId", "version", "url", "licenses", "developers", "scm"));
        }
        for (String element : demanded) {
            Element found = child(project, element);
            if (found == null || found.getTextContent().isBlank()) {
                faults.add(file + " has no " + element);
            }
        }
        Element holder = child ? child(project, "parent") : project;
        String version = child(holder, "version").getTextContent().strip();
        if (expected != null && !expected.equals(version)) {
            faults.add(file + " has version " + version + ", expected " + expected);
        }
        return version;
    }

    private static Element child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                return element;
            }
        }
        return null;
    }

    private void artifact(String module, String version) throws IOException {
        Path target = Path.of(module, "target");
        String name = module + "-" + version;
        Set<String> main = entries(target.resolve(name + ".jar"));
        for (String entry : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
            if (!main.contains(entry)) {
                faults.add(name + ".jar has no " + entry);
            }
        }
        String manifest = text(target.resolve(name + ".jar"), "META-INF/MANIFEST.MF");
        List<String> lines = new ArrayList<>(List.of("Implementation-Version: " + version));
        if (MODULES.containsKey(module)) {
            lines.add("Automatic-Module-Name: " + MODULES.get(module));
        }
        for (String line : lines) {
            if (!manifest.lines().toList().contains(line)) {
                faults.add(name + ".jar does not say " + line);
            }
        }
        if (entries(target.resolve(name + "-sources.jar")).stream().noneMatch(entry -> entry.endsWith(".java"))) {
            faults.add(name + "-sources.jar has no source");
        }
        Set<String> pages = entries(target.resolve(name + "-javadoc.jar"));
        if (!pages.contains("index.html")) {
            faults.add(name + "-javadoc.jar has no page");
        }
        pages.stream()
                .filter(page -> page.matches(".*/(internal|simulation|shaded|server|client|wire|files|v1)/.*html"))
                .forEach(page -> faults.add(name + "-javadoc.jar shows what is internal: " + page));
        bill(target.resolve("bom.json"), name, main);
        signatures(target, name, ".jar", "-sources.jar", "-javadoc.jar", ".pom");
    }

    private void signatures(Path target, String name, String... suffixes) {
        for (String suffix : suffixes) {
            if (signed && !Files.exists(target.resolve(name + suffix + ".asc"))) {
                faults.add(name + suffix + " is not signed");
            }
        }
    }

    /** The bill of materials has every library whose classes are in the JAR. */
    private void bill(Path file, String name, Set<String> entries) throws IOException {
        if (!Files.exists(file)) {
            faults.add(name + " has no bill of materials, " + file);
            return;
        }
        String bill = Files.readString(file);
        if (!bill.contains("\"bomFormat\" : \"CycloneDX\"")) {
            faults.add(file + " is not CycloneDX");
        }
        Set<String> groups = new HashSet<>();
        Matcher component = Pattern.compile("\"group\" : \"([^\"]+)\"").matcher(bill);
        while (component.find()) {
            groups.add(component.group(1));
        }
        Set<String> unlisted = new TreeSet<>();
        for (String entry : entries) {
            Matcher relocated = RELOCATED.matcher(entry);
            if (relocated.matches()) {
                String library = relocated.group(1).replace('/', '.');
                if (groups.stream().noneMatch(group -> sameOwner(library, group))) {
                    unlisted.add(library);
                }
            }
        }
        unlisted.forEach(library -> faults.add(file + " does not list whoever made dev.postevent.shaded." + library));
    }

    /** By the first two parts of both: a package begins as its group does, e.g. {@code org.apache} or {@code io.netty}. */
    private static boolean sameOwner(String library, String group) {
        return owner(library).equals(owner(group));
    }

    private static String owner(String name) {
        String[] parts = name.split("\\.");
        return parts.length < 2 ? name : parts[0] + "." + parts[1];
    }

    private Set<String> entries(Path jar) {
        Set<String> names = new HashSet<>();
        if (!Files.exists(jar)) {
            faults.add(jar + " is missing");
            return names;
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            zip.stream().map(ZipEntry::getName).forEach(names::add);
        } catch (IOException e) {
            throw new UncheckedIOException(jar.toString(), e);
        }
        return names;
    }

    private static String text(Path jar, String entry) throws IOException {
        if (!Files.exists(jar)) {
            return "";
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            // long lines of a manifest go on after a line break and a space
            return new String(zip.getInputStream(zip.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8)
                    .replace("\r\n ", "");
        }
    }
}
