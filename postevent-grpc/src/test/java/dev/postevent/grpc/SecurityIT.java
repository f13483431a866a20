package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.postevent.PosteventException;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.PostgresFixture;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in and who does not; and that nobody learns a secret or a topic's name on the way. */
class SecurityIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    private static final Duration LONG = Duration.ofMinutes(4);

    @TempDir
    static Path files;

    private static Certificates authority;
    private static Certificates otherAuthority;
    private static Certificates.Issued serverCertificate;
    private static Tokens tokens;
    private static Path tokenKey;

    private final Wires wires = new Wires();

    @BeforeAll
    static void prepare() {
        new Schema(DB.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS, new TopicName("secrets")));
        DB.execute("insert into postevent.orders (id, source, type) values ('a', 'urn:x', 't')");
        authority = new Certificates(files, "authority");
        otherAuthority = new Certificates(files, "other-authority");
        serverCertificate = authority.issue("server");
        tokens = new Tokens();
        tokenKey = files.resolve("token.pem");
        Certificates.pem(tokenKey, "PUBLIC KEY", tokens.keys().getPublic().getEncoded());
    }

    @AfterEach
    void close() throws Exception {
        wires.close();
    }

    private Wires tls() {
        return wires.with("postevent.grpc.server.certificate-file", serverCertificate.certificate())
                .with("postevent.grpc.server.key-file", serverCertificate.key())
                .with("postevent.grpc.client.ca-file", authority.ca())
                .with("postevent.grpc.call-limit", "5s");
    }

    private Wires tokenTls() {
        return tls().with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.public-key-file", tokenKey)
                .with("postevent.grpc.server.token.clock-skew", "0s")
                .with("postevent.grpc.server.allow.orders.read", "token:warehouse, group:readers")
                .with("postevent.grpc.server.allow.orders.subscribe", "token:warehouse");
    }

    private long head(int port) {
        return wires.source("grpcs", port).log().head(Wires.ORDERS);
    }

    private Throwable refused(int port, String... texts) {
        Throwable refusal = catchThrowable(() -> head(port));
        assertThat(refusal).isInstanceOf(PosteventException.class);
        assertThat(refusal.getMessage()).contains(texts);
        return refusal;
    }

    private int serve() {
        return Wires.port(wires.server(DB));
    }

    @Test
    void anAuthorityThatIsNotOursIsNotBelieved() {
        tls().open().with("postevent.grpc.client.ca-file", otherAuthority.ca());
        refused(serve(), "UNAVAILABLE", "certification path");
    }

    @Test
    void anExpiredServerCertificateIsNotBelieved() {
        Certificates.Issued expired = authority.issueExpired("server");
        tls().open()
                .with("postevent.grpc.server.certificate-file", expired.certificate())
                .with("postevent.grpc.server.key-file", expired.key());
        refused(serve(), "UNAVAILABLE");
    }

    @Test
    void tlsAndPlaintextDoNotMeet() {
        tls().open();
        int port = serve();
        assertThat(head(port)).isEqualTo(1);
        assertThatThrownBy(() -> wires.source("grpc", port).log().head(Wires.ORDERS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV35020")
                .hasMessageContaining("UNAVAILABLE");
    }

    @Test
    void aClientCertificateIsWhoTheClientIs() {
        tls().with("postevent.grpc.server.client-ca-file", authority.ca())
                .with("postevent.grpc.server.allow.orders.read", "cert:warehouse")
                .with("postevent.grpc.server.allow.orders.subscribe", "cert:warehouse");
        int port = serve();
        refused(port, "UNAVAILABLE"); // no certificate, no connection

        use(authority.issue("warehouse"));
        assertThat(head(port)).isEqualTo(1);

        use(authority.issue("somebody"));
        refused(port, "PERMISSION_DENIED");

        use(otherAuthority.issue("warehouse"));
        refused(port, "UNAVAILABLE");

        use(authority.issueExpired("warehouse"));
        refused(port, "UNAVAILABLE");
    }

    private void use(Certificates.Issued issued) {
        wires.with("postevent.grpc.client.certificate-file", issued.certificate())
                .with("postevent.grpc.client.key-file", issued.key());
    }

    @Test
    void aTokenIsWhoTheClientIs() {
        tokenTls();
        int port = serve();
        refused(port, "PERMISSION_DENIED"); // anonymous, and that is not allowed

        token(tokens.valid("warehouse"));
        assertThat(head(port)).isEqualTo(1);

        token(tokens.valid("somebody", "others", "readers"));
        assertThat(head(port)).isEqualTo(1);

        token(tokens.valid("somebody"));
        refused(port, "PERMISSION_DENIED");
    }

    @Test
    void aTokenThatIsNotInOrderIsNoToken() throws Exception {
        tokenTls().with("postevent.grpc.server.allow.orders.read", "token:warehouse, *, anonymous");
        int port = serve();
        String good = tokens.valid("warehouse");
        token(good);
        assertThat(head(port)).isEqualTo(1);

        String[] parts = good.split("\\.");
        SignedJWT symmetric = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256), SignedJWT.parse(good).getJWTClaimsSet());
        symmetric.sign(new MACSigner(Files.readAllBytes(tokenKey)));
        Duration soon = Duration.ofMinutes(1);
        List<String> bad = List.of(
                tokens.token("warehouse", Duration.ofSeconds(-1), claims -> claims),
                tokens.token("warehouse", soon, claims -> claims.issuer("https://other.example.com")),
                tokens.token("warehouse", soon, claims -> claims.audience("other")),
                tokens.token("warehouse", soon, claims -> claims.audience((String) null)),
                tokens.token("warehouse", soon, claims -> claims.expirationTime(null)),
                tokens.token(
                        "warehouse",
                        soon,
                        claims -> claims.notBeforeTime(new java.util.Date(System.currentTimeMillis() + 60_000))),
                tokens.token(
                        "warehouse", soon, claims -> claims.claim("upn", null).subject(null)),
                new Tokens().valid("warehouse"), // another key
                new PlainJWT(new JWTClaimsSet.Builder(SignedJWT.parse(good).getJWTClaimsSet()).build()).serialize(),
                symmetric.serialize(), // the public key taken for a secret
                parts[0] + "." + parts[1] + ".",
                parts[0] + "." + parts[1] + "x." + parts[2],
                parts[0] + "." + Base64.getUrlEncoder().encodeToString("{}".getBytes()) + "." + parts[2],
                "sesame",
                "..",
                "a.b.c",
                "x".repeat(7000));
        for (String token : bad) {
            token(token);
            Throwable refusal = refused(port, "UNAUTHENTICATED: the credential is missing or not valid");
            assertThat(stackOf(refusal)).doesNotContain(token);
        }
    }

    private void token(String token) {
        wires.with("postevent.grpc.client.token", token);
    }

    private static String stackOf(Throwable e) {
        java.io.StringWriter text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    @Test
    void aKeySetIsReadAgainWhenItChanges() throws IOException {
        Path jwks = files.resolve("keys.json");
        writeKeys(jwks, Certificates.keyPair());
        tokenTls()
                .without("postevent.grpc.server.token.public-key-file")
                .with("postevent.grpc.server.token.jwks-file", jwks);
        int port = serve();
        token(tokens.valid("warehouse"));
        refused(port, "UNAUTHENTICATED");
        FileTime before = Files.getLastModifiedTime(jwks);
        long size = Files.size(jwks);
        writeKeys(jwks, tokens.keys());
        Files.setLastModifiedTime(jwks, before);
        assertThat(Files.size(jwks))
                .as("only the time of the change is another")
                .isEqualTo(size);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(head(port)).isEqualTo(1));
    }

    @Test
    void keysThatCannotBeReadLeaveThoseOfBeforeInForceAndAreAFault() throws IOException {
        Path jwks = files.resolve("spoiled.json");
        writeKeys(jwks, tokens.keys());
        tokenTls()
                .without("postevent.grpc.server.token.public-key-file")
                .with("postevent.grpc.server.token.jwks-file", jwks);
        EventServer server = wires.server(DB);
        token(tokens.valid("warehouse"));
        assertThat(head(Wires.port(server))).isEqualTo(1);
        for (String spoiled : new String[] {"nonsense", "{\"keys\":[", "", "{\"keys\":[]}"}) {
            Files.writeString(jwks, spoiled);
            awaitKeyFault(server);
            token(tokens.valid("warehouse", "one-more-for-" + spoiled.length()));
            assertThat(head(Wires.port(server))).isEqualTo(1);
        }
        Files.delete(jwks);
        awaitKeyFault(server);
        assertThat(head(Wires.port(server))).isEqualTo(1);
        writeKeys(jwks, tokens.keys());
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults()).isEmpty());
    }

    private static void awaitKeyFault(EventServer server) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults())
                        .singleElement()
                        .asString()
                        .contains("PSTEV35002", "goes on"));
    }

    @Test
    void whoWasLetInByItsHeadersAndIsNotAnyMoreWhenItsRequestComesGetsNoStream() throws Exception {
        Path jwks = files.resolve("replaced.json");
        writeKeys(jwks, tokens.keys());
        tokenTls()
                .without("postevent.grpc.server.token.public-key-file")
                .with("postevent.grpc.server.token.jwks-file", jwks);
        int port = serve();
        token(tokens.valid("warehouse"));
        assertThat(head(port)).isEqualTo(1);
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(authority.ca().toFile())
                        .build())
                .build();
        try {
            Metadata headers = new Metadata();
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    "Bearer " + tokens.valid("warehouse"));
            CompletableFuture<Status> end = new CompletableFuture<>();
            ClientCall<SubscribeRequest, SubscribeResponse> call =
                    channel.newCall(TopicServiceGrpc.getSubscribeMethod(), CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    headers);
            call.request(10);
            writeKeys(jwks, Certificates.keyPair());
            await().atMost(LONG).untilAsserted(() -> refused(port, "UNAUTHENTICATED"));
            call.sendMessage(SubscribeRequest.newBuilder()
                    .setTopic("orders")
                    .setConsumer("c")
                    .build());
            call.halfClose();
            assertThat(end.get(1, TimeUnit.MINUTES).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void anAccessTokenOfRfc9068IsATokenAndAnotherKindIsNone() {
        tokenTls();
        int port = serve();
        for (String type : new String[] {"at+jwt", "AT+JWT", "application/at+jwt", "JWT"}) {
            token(tokens.ofType(type, "warehouse"));
            assertThat(head(port)).as(type).isEqualTo(1);
        }
        token(tokens.ofType("dpop+jwt", "warehouse"));
        refused(port, "UNAUTHENTICATED");
    }

    @Test
    void theNameIsTheClaimThatIsConfiguredAndNoOther() {
        tokenTls()
                .with("postevent.grpc.server.token.name-claim", "sub")
                .with("postevent.grpc.server.allow.orders.read", "token:id-of-warehouse");
        int port = serve();
        token(tokens.valid("warehouse"));
        assertThat(head(port)).isEqualTo(1);
        token(tokens.token(
                "warehouse",
                Duration.ofMinutes(5),
                claims -> claims.subject("id-of-another").claim("upn", "id-of-warehouse")));
        refused(port, "PERMISSION_DENIED");
        token(tokens.token("id-of-warehouse", Duration.ofMinutes(5), claims -> claims.subject(null)));
        refused(port, "UNAUTHENTICATED");
    }

    @Test
    void namesThatShowSomethingElseAreNoNames() {
        tokenTls().with("postevent.grpc.server.allow.orders.read", "*");
        int port = serve();
        for (String name : new String[] {"ware\nhouse", "ware\u0000house", "\u202Eesuoheraw", "ware\u200Bhouse"}) {
            token(tokens.valid(name));
            refused(port, "UNAUTHENTICATED");
            token(tokens.valid("warehouse", name));
            refused(port, "UNAUTHENTICATED");
        }
        token(tokens.valid("Bücher & Söhne", "倉庫"));
        assertThat(head(port)).isEqualTo(1);
    }

    @Test
    void aCertificateMayBeNamedByWhatItIsIssuedFor() {
        mutual().with(
                        "postevent.grpc.server.allow.orders.read",
                        "uri:spiffe://example.com/warehouse, dns:stock.example.com");
        int port = serve();
        use(authority.issueFor("O=Test,CN=any", uri("spiffe://example.com/warehouse")));
        assertThat(head(port)).isEqualTo(1);
        use(authority.issueFor("O=Test", uri("spiffe://example.com/warehouse")));
        assertThat(head(port)).as("no common name").isEqualTo(1);
        use(authority.issueFor("O=Test,CN=any", host("Stock.Example.com"), host("other.example.com")));
        assertThat(head(port)).isEqualTo(1);
        use(authority.issueFor("O=Test,CN=uri:spiffe://example.com/warehouse"));
        refused(port, "PERMISSION_DENIED");
        use(authority.issueFor("O=Test", uri("spiffe://example.com/other")));
        refused(port, "PERMISSION_DENIED");
    }

    @Test
    void aCertificateWhoseNameIsNotClearIsNobodys() {
        mutual().with("postevent.grpc.server.allow.orders.read", "*");
        int port = serve();
        for (String subject : new String[] {"CN=warehouse,CN=shop", "CN=warehouse+CN=shop", "O=Test"}) {
            use(authority.issueFor(subject));
            refused(port, "UNAUTHENTICATED");
        }
        use(authority.issueFor("O=Test", uri("urn:a"), uri("urn:b")));
        refused(port, "UNAUTHENTICATED");
        use(authority.issueFor("O=Test,CN=warehouse"));
        assertThat(head(port)).isEqualTo(1);
    }

    private Wires mutual() {
        return tls().with("postevent.grpc.server.client-ca-file", authority.ca());
    }

    private static GeneralName uri(String name) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, name);
    }

    private static GeneralName host(String name) {
        return new GeneralName(GeneralName.dNSName, name);
    }

    private static void writeKeys(Path file, KeyPair keys) throws IOException {
        ECKey key = new ECKey.Builder(Curve.P_256, (ECPublicKey) keys.getPublic())
                .keyID("one")
                .build();
        Files.writeString(file, new JWKSet(key).toString());
    }

    @Test
    void certificatesMayBeRsa() {
        Certificates rsa = Certificates.rsa(files, "rsa-authority");
        Certificates.Issued server = rsa.issue("rsa-server");
        tls().with("postevent.grpc.server.certificate-file", server.certificate())
                .with("postevent.grpc.server.key-file", server.key())
                .with("postevent.grpc.client.ca-file", rsa.ca())
                .with("postevent.grpc.server.client-ca-file", rsa.ca())
                .with("postevent.grpc.server.allow.orders.read", "cert:warehouse");
        int port = serve();
        use(rsa.issue("warehouse"));
        assertThat(head(port)).isEqualTo(1);
        use(authority.issue("warehouse"));
        refused(port, "UNAVAILABLE");
    }

    @Test
    void tokensMayBeRs256ByPemOrKeySet() throws IOException {
        KeyPair keys = Certificates.rsaKeyPair(2048);
        Path pem = files.resolve("rsa.pem");
        Certificates.pem(pem, "PUBLIC KEY", keys.getPublic().getEncoded());
        Path jwks = files.resolve("rsa.json");
        writeRsaKeys(jwks, keys);
        tokenTls().with("postevent.grpc.server.token.public-key-file", pem);
        int byPem = serve();
        wires.without("postevent.grpc.server.token.public-key-file")
                .with("postevent.grpc.server.token.jwks-file", jwks);
        int byKeySet = serve();
        token(new Tokens(keys).valid("warehouse"));
        assertThat(head(byPem)).isEqualTo(1);
        assertThat(head(byKeySet)).isEqualTo(1);
        token(new Tokens(Certificates.rsaKeyPair(2048)).valid("warehouse"));
        refused(byPem, "UNAUTHENTICATED");
        refused(byKeySet, "UNAUTHENTICATED");
        token(tokens.valid("warehouse")); // ES256, and the key is none for it
        refused(byKeySet, "UNAUTHENTICATED");
    }

    @Test
    void anRsaKeyThatIsTooShortIsRefusedAtDeploymentAndLater() throws IOException {
        KeyPair weak = Certificates.rsaKeyPair(1024);
        Path pem = files.resolve("weak.pem");
        Certificates.pem(pem, "PUBLIC KEY", weak.getPublic().getEncoded());
        Path jwks = files.resolve("weak.json");
        writeRsaKeys(jwks, weak);
        assertThat(tokenTls()
                        .with("postevent.grpc.server.token.public-key-file", pem)
                        .faults())
                .singleElement()
                .asString()
                .contains("PSTEV35002", "2048");
        wires.without("postevent.grpc.server.token.public-key-file")
                .with("postevent.grpc.server.token.jwks-file", jwks);
        assertThat(wires.faults()).singleElement().asString().contains("PSTEV35002", "2048");
        writeKeys(jwks, tokens.keys());
        EventServer server = wires.server(DB);
        int port = Wires.port(server);
        writeRsaKeys(jwks, weak);
        awaitKeyFault(server);
        token(new Tokens(weak).valid("warehouse"));
        refused(port, "UNAUTHENTICATED");
    }

    private static void writeRsaKeys(Path file, KeyPair keys) throws IOException {
        RSAKey key =
                new RSAKey.Builder((RSAPublicKey) keys.getPublic()).keyID("rsa").build();
        Files.writeString(file, new JWKSet(key).toString());
    }

    @Test
    void aTopicThatDoesNotExistAndOneThatIsForbiddenLookTheSame() {
        tls().with("postevent.grpc.server.allow.orders.read", "anonymous");
        int port = serve();
        String forbidden = messageFor(port, "secrets");
        String unknown = messageFor(port, "no_such_topic");
        assertThat(forbidden).contains("PERMISSION_DENIED");
        assertThat(forbidden.replace("secrets", "X")).isEqualTo(unknown.replace("no_such_topic", "X"));
    }

    private String messageFor(int port, String name) {
        TopicName topic = new TopicName(name);
        RemoteTopic remote = Wires.remote(topic, "grpcs://127.0.0.1:" + port);
        Transport.Source source = wires.sources().connect(remote, wires.clientSettings(remote));
        try {
            source.log().head(topic);
            throw new AssertionError("not refused");
        } catch (PosteventException e) {
            return e.getMessage();
        }
    }

    @Test
    void readingAndSubscribingAreTwoPermissions() {
        tls().with("postevent.grpc.server.allow.orders.read", "anonymous");
        Transport.Source source = wires.source("grpcs", serve());
        assertThat(source.log().read(Wires.ORDERS, 0, 10, 10, 1000).entries()).hasSize(1);
        source.feed().start(new Nothing());
        await().atMost(LONG)
                .until(() -> String.valueOf(source.feed().status().detail()).contains("PERMISSION_DENIED"));
        assertThat(source.feed().status().state()).isEqualTo(Feed.State.RETRYING);
    }

    @Test
    void aStreamEndsWhenItsTokenDoesAndComesBackWithANewOne() throws IOException {
        Path file = files.resolve("token");
        tokenTls().with("postevent.grpc.client.token-file", file);
        EventServer server = wires.server(DB);
        Files.writeString(file, tokens.valid("warehouse") + "\n");
        Transport.Source source = wires.source("grpcs", Wires.port(server));
        assertThat(source.log().head(Wires.ORDERS))
                .isEqualTo(1); // connected: what follows takes no time of the token's
        Files.writeString(file, tokens.token("warehouse", Duration.ofSeconds(10), claims -> claims) + "\n");
        source.feed().start(new Nothing());
        await().atMost(LONG).until(() -> source.feed().status().state() == Feed.State.STREAMING);
        assertThat(server.status().connected()).containsKey(Wires.ORDERS);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(source.feed().status().detail()).contains("UNAUTHENTICATED"));
        assertThat(server.status().connected()).isEmpty();
        Files.writeString(file, tokens.valid("warehouse"));
        await().atMost(LONG).until(() -> source.feed().status().state() == Feed.State.STREAMING);
    }

    @Test
    void aTokenIsNeitherSentNorTakenInPlaintextUnlessSomebodyWantsIt() throws IOException {
        wires.with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.public-key-file", tokenKey);
        assertThat(wires.faults()).singleElement().asString().contains("take tokens in plaintext");
        wires.with("postevent.grpc.insecure", "true")
                .with("postevent.grpc.server.allow.orders.read", "token:warehouse");
        int port = serve();
        wires.without("postevent.grpc.insecure").without("postevent.grpc.server.token.issuer");
        wires.without("postevent.grpc.server.token.audience").without("postevent.grpc.server.token.public-key-file");
        wires.without("postevent.grpc.server.allow.orders.read");

        RemoteTopic remote = Wires.remote(Wires.ORDERS, "grpc://localhost:" + port);
        Transport.Source source = wires.source("grpc", port);
        token(tokens.valid("warehouse")); // it comes after the deployment
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("not sent in plaintext");
        assertThat(wires.faults(remote))
                .singleElement()
                .asString()
                .contains("token of postevent.grpc.client.token in plaintext");
        wires.without("postevent.grpc.client.token")
                .with("postevent.grpc.client.token-file", Files.writeString(files.resolve("any"), "any"));
        assertThat(wires.faults(remote))
                .singleElement()
                .asString()
                .contains("token of postevent.grpc.client.token-file in plaintext");

        wires.without("postevent.grpc.client.token-file").with("postevent.grpc.insecure", "true");
        token(tokens.valid("warehouse"));
        assertThat(wires.source("grpc", port).log().head(Wires.ORDERS)).isEqualTo(1);
    }

    @Test
    void secretsAreNotShown() {
        String secret = "sesame-open";
        tls().with("postevent.grpc.client.token", secret)
                .with("postevent.grpc.client.key-file", serverCertificate.key())
                .with("postevent.grpc.client.certificate-file", serverCertificate.certificate())
                .open();
        RemoteTopic remote = Wires.orders("grpcs", serve());
        Transport.Source source = wires.sources().connect(remote, wires.clientSettings(remote));
        // no token is accepted by this server
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS))
                .satisfies(e -> assertThat(stackOf(e)).doesNotContain(secret));
        source.feed().start(new Nothing());
        await().atMost(LONG).until(() -> source.feed().status().detail() != null);
        assertThat(source.feed().status().toString() + source + wires.clientSettings(remote) + wires.serverSettings())
                .doesNotContain(secret)
                .doesNotContain("PRIVATE KEY");
    }

    @Test
    void whatIsNotSafeIsADeploymentFault() throws IOException {
        Path empty = Files.writeString(files.resolve("empty.pem"), "");
        assertThat(new Wires().with("postevent.grpc.server.address", "0.0.0.0").faults())
                .singleElement()
                .asString()
                .contains("plaintext", "postevent.grpc.insecure");
        assertThat(new Wires()
                        .with("postevent.grpc.server.address", "0.0.0.0")
                        .with("postevent.grpc.insecure", "true")
                        .faults())
                .isEmpty();
        assertThat(new Wires().with("POSTEVENT_GRPC_CLIENT_CA_FILE", "ca.pem").faults())
                .as("a server whose clients had to have certificates would ask nobody for one")
                .singleElement()
                .asString()
                .contains("POSTEVENT_GRPC_SERVER_CLIENT_CA_FILE");
        assertThat(new Wires().faults(Wires.remote(Wires.ORDERS, "grpc://192.0.2.1:1")))
                .singleElement()
                .asString()
                .contains("plaintext", "grpcs");
        for (String uri : List.of("grpcs://shop", "grpcs://shop:0", "grpcs://a:1,b:2", "grpc://a:1,b:2")) {
            assertThat(new Wires().faults(Wires.remote(Wires.ORDERS, uri)))
                    .as(uri)
                    .singleElement()
                    .asString()
                    .contains("postevent.topics.orders.remote.uri", "no host or no port", "grpcs://host:port");
        }
        assertThat(new Wires().faults(Wires.remote(Wires.ORDERS, "grpc://a.localhost:1")))
                .singleElement()
                .asString()
                .contains("a.localhost", "no loopback address");
        assertThat(new Wires()
                        .with("postevent.grpc.server.certificate-file", serverCertificate.certificate())
                        .faults())
                .singleElement()
                .asString()
                .contains("belong together");
        assertThat(new Wires()
                        .with("postevent.grpc.server.certificate-file", empty)
                        .with("postevent.grpc.server.key-file", empty)
                        .faults())
                .singleElement()
                .asString()
                .contains("PSTEV35001", "PEM");
        assertThat(new Wires()
                        .with("postevent.grpc.client.certificate-file", empty)
                        .with("postevent.grpc.client.key-file", empty)
                        .faults(Wires.remote(Wires.ORDERS, "grpcs://127.0.0.1:1")))
                .singleElement()
                .asString()
                .contains("PSTEV35003", "PEM");
        assertThat(new Wires()
                        .with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                        .faults())
                .singleElement()
                .asString()
                .contains("postevent.grpc.server.token.audience");
        assertThat(new Wires()
                        .with("postevent.grpc.server.allow.orders.read", "warehouse")
                        .faults())
                .singleElement()
                .asString()
                .contains("cert:<name>");
        assertThatCode(() -> tls().serverSettings()).doesNotThrowAnyException();
    }

    private static final class Nothing implements Feed.Listener {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            // what comes is not looked at here
        }

        @Override
        public void onDoubt(String reason) {
            // nor is this
        }
    }
}
