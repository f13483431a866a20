package dev.postevent.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Certificates for applications on this machine, made with the JDK's {@code keytool}: {@code ca.pem}, and for each application
 * {@code <name>.pem} and {@code <name>.key}, the name being the certificate's common name.
 *
 * <p>The authority's key is thrown away once they are signed: nobody can make a further one that is trusted.
 */
public final class TlsFiles {
    private static final String DAYS = "3650";

    private final Path work;
    private final String password;

    private TlsFiles(Path work, String password) {
        this.work = work;
        this.password = password;
    }

    /**
     * Makes the files, all or none, if the directory is not there yet.
     *
     * @param directory readable by this user only, where the file system has permissions
     * @param applications letters a to z only
     */
    public static Path in(Path directory, List<String> applications) {
        Path made = directory.toAbsolutePath();
        if (Files.isDirectory(made)) {
            return made;
        }
        Path work = made.resolveSibling(made.getFileName() + ".new");
        try {
            deleteTree(work); // half a set of a run that was killed
            PrivateFiles.directory(work);
            byte[] password = new byte[16];
            new SecureRandom().nextBytes(password);
            new TlsFiles(work, HexFormat.of().formatHex(password)).make(applications);
            Files.move(work, made, StandardCopyOption.ATOMIC_MOVE);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("making certificates in " + directory, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("making certificates in " + directory, e);
        }
    }

    private void make(List<String> applications) throws IOException, GeneralSecurityException {
        newKey("ca", "-dname", "CN=postevent sample", "-ext", "bc:c", "-ext", "ku:c=keyCertSign");
        keytool("ca", "-exportcert", "-alias", "ca", "-rfc", "-file", "ca.pem");
        for (String application : applications) {
            newKey(application, "-dname", "CN=" + application);
            keytool(application, "-certreq", "-alias", application, "-file", application + ".csr");
            keytool(
                    "ca",
                    "-gencert",
                    "-alias",
                    "ca",
                    "-rfc",
                    "-validity",
                    DAYS,
                    "-infile",
                    application + ".csr",
                    "-outfile",
                    application + ".pem",
                    "-ext",
                    "san=dns:localhost,ip:127.0.0.1",
                    "-ext",
                    "eku=serverAuth,clientAuth");
            Files.writeString(work.resolve(application + ".key"), key(application), US_ASCII);
            Files.delete(work.resolve(application + ".csr"));
            Files.delete(store(application));
        }
        Files.delete(store("ca"));
    }

    private Path store(String name) {
        return work.resolve(name + ".p12");
    }

    private void newKey(String name, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", DAYS));
        arguments.addAll(List.of(more));
        keytool(name, arguments.toArray(String[]::new));
    }

    private void keytool(String store, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store(store).toString(), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass:env", "STORE_PASSWORD")); // a command line is for everybody to see
        ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
        builder.environment().put("STORE_PASSWORD", password);
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool " + arguments[0] + " for " + store + ": " + said.strip());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool ran", e);
        }
    }

    /** The private key as PKCS#8 in PEM, which keytool does not write. */
    private String key(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(name))) {
            store.load(in, password.toCharArray());
        }
        Key key = store.getKey(name, password.toCharArray());
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    private static void deleteTree(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
