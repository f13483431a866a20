import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Looks whether what {@code mvn -Prelease verify} made may be published: what Maven Central demands of an artifact, and what users
 * of ours expect in it. Run in the root directory: {@code java .ci/CheckRelease.java}, and with {@code signed} after
 * {@code -Prelease,sign}. Signatures that are there are verified with the keys that gpg has. Exits with 1 and a line for each fault.
 */
final class CheckRelease {
    private static final List<String> JARS = List.of("postevent-cdi", "postevent-testkit", "postevent-grpc", "postevent-console");
    /** The test kit shares packages with the library, so it is for the class path alone. */
    private static final Map<String, String> MODULES =
            Map.of(
                    "postevent-cdi", "dev.postevent",
                    "postevent-grpc", "dev.postevent.grpc",
                    "postevent-console", "dev.postevent.console");
    private static final List<String> POMS = List.of(".", "postevent-bom");
    private static final Pattern RELOCATED = Pattern.compile("dev/postevent/shaded/(.+)/[^/]+\\.class");
    private static final Pattern PURL = Pattern.compile("pkg:maven/([^/\"]+)/([^@\"]+)@([^?\"]+)");
    private static final Pattern LICENCE = Pattern.compile("\"license\" : \\{\\s*\"(?:id|name)\" : \"([^\"]+)\"");
    /** What these ask for is done by having their texts in the JAR; each lets the whole be under Apache-2.0. */
    private static final Set<String> COMPATIBLE =
            Set.of("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "MIT", "Public-Domain");

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
            check.signed(Path.of(module, "target", artifact + "-" + version + ".pom"));
            if (Files.exists(Path.of(module, "target", "bom.json"))) {
                check.signed(Path.of(module, "target", "bom.json"));
            }
        }
        for (String module : JARS) {
            check.pom(Path.of(module, "pom.xml"), version);
            check.place(Path.of(module, "dependency-reduced-pom.xml"));
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
        Element project = root(file);
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

    /** The fault: what an active profile had was in the POM that is published, with the paths of the machine. */
    private void place(Path pom) throws IOException {
        if (Files.exists(pom) && Files.readString(pom).contains(Path.of("").toAbsolutePath().toString())) {
            faults.add(pom + " says where it was built");
        }
    }

    private static Element root(Path file) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getDocumentElement();
    }

    private static Element child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                return element;
            }
        }
        return null;
    }

    private void artifact(String module, String version) throws Exception {
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
        Path bill = target.resolve("bom.json");
        bill(bill, name, main);
        licences(module, target.resolve(name + ".jar"), bill);
        for (String suffix : List.of(".jar", "-sources.jar", "-javadoc.jar", ".pom")) {
            signed(target.resolve(name + suffix));
        }
        signed(bill);
        Path tests = target.resolve(name + "-tests.jar");
        if (Files.exists(tests)) {
            signed(tests);
        }
    }

    private void signed(Path file) throws IOException, InterruptedException {
        Path signature = file.resolveSibling(file.getFileName() + ".asc");
        if (Files.exists(signature)) {
            Process gpg = new ProcessBuilder("gpg", "--batch", "--verify", signature.toString(), file.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(gpg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (gpg.waitFor() != 0) {
                faults.add(signature + " does not verify: " + said.strip().replaceAll("\\s+", " "));
            }
        } else if (signed) {
            faults.add(file + " is not signed");
        }
    }

    /**
     * The list of licences in the JAR names each library that the build puts there, in its version and with the licence that the bill
     * of materials knows, and no other; and all licences in it are compatible with ours.
     */
    private void licences(String module, Path jar, Path bill) throws Exception {
        List<Pattern> shaded = shaded(Path.of(module, "pom.xml"));
        if (shaded.isEmpty() || !Files.exists(bill)) {
            return;
        }
        String file = "META-INF/licenses/" + module + ".txt";
        Set<String> listed = new TreeSet<>();
        for (String line : text(jar, file).lines().toList()) {
            String[] columns = line.split("\\s*\\|\\s*");
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String licence = columns[columns.length == 2 ? 1 : 2];
            if (columns.length == 2) {
                listed.add(line.strip());
            }
            if (!COMPATIBLE.contains(licence)) {
                faults.add(file + " has " + licence + ", which is not known to be compatible: " + line);
            }
        }
        Set<String> inside = new TreeSet<>();
        for (String component : Files.readString(bill).split("\"bom-ref\" : ")) {
            Matcher purl = PURL.matcher(component);
            if (purl.find()) {
                String library = purl.group(1) + ":" + purl.group(2);
                if (shaded.stream().anyMatch(one -> one.matcher(library).matches())) {
                    String licence = LICENCE
                            .matcher(component)
                            .results()
                            .map(found -> found.group(1))
                            .collect(Collectors.joining(" and "));
                    inside.add(library + ":" + purl.group(3) + " | " + licence);
                }
            }
        }
        inside.stream()
                .filter(one -> !listed.contains(one))
                .forEach(one -> faults.add(file + " does not have the line: " + one));
        listed.stream()
                .filter(one -> !inside.contains(one))
                .forEach(one -> faults.add(file + " has what is not in the JAR: " + one));
    }

    /** What the shade plugin is told to take, {@code group:artifact} with stars. */
    private static List<Pattern> shaded(Path pom) throws Exception {
        List<Pattern> patterns = new ArrayList<>();
        NodeList sets = root(pom).getElementsByTagName("artifactSet");
        for (int i = 0; i < sets.getLength(); i++) {
            NodeList includes = ((Element) sets.item(i)).getElementsByTagName("include");
            for (int j = 0; j < includes.getLength(); j++) {
                String[] parts = includes.item(j).getTextContent().strip().split("\\*", -1);
                patterns.add(Pattern.compile(Arrays.stream(parts).map(Pattern::quote).collect(Collectors.joining(".*"))));
            }
        }
        return patterns;
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
            ZipEntry found = zip.getEntry(entry);
            // long lines of a manifest go on after a line break and a space
            return found == null
                    ? ""
                    : new String(zip.getInputStream(found).readAllBytes(), StandardCharsets.UTF_8).replace("\r\n ", "");
        }
    }
}
