package dev.postevent.grpc.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What does not leave this machine, whoever answers for names. */
class LoopbackTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"})
    void isOne(String host) {
        assertThat(Loopback.is(host)).isTrue();
        assertThat(Loopback.address(host)).matches(InetAddress::isLoopbackAddress);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0.0.0.0",
                "::",
                "192.0.2.1",
                "128.0.0.1",
                "2001:db8::1",
                "999.0.0.1",
                "1:2",
                "a.localhost",
                "localhost.example.com",
                "127.0.0.1.example.com",
                "shop"
            })
    void isNone(String host) {
        assertThat(Loopback.is(host)).isFalse();
    }
}
