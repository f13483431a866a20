package dev.postevent.grpc.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * Addresses that do not leave this machine: literal ones, and {@code localhost}. Any other name may be a loopback address when it is
 * looked at and another one when it is connected to.
 */
public final class Loopback {
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[?[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*]?");

    private Loopback() {}

    /** True if {@code host} is a loopback address without asking anybody. */
    public static boolean is(String host) {
        return host.equalsIgnoreCase("localhost") || (LITERAL.matcher(host).matches() && literal(host));
    }

    private static boolean literal(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            // no address, only written like one: nobody can connect to it
            return false;
        }
    }

    /**
     * What to connect to.
     *
     * @param host for which {@link #is} is true
     */
    static InetAddress address(String host) {
        try {
            return host.equalsIgnoreCase("localhost") ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(host + " is no loopback address", e);
        }
    }
}
