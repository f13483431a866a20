package dev.postevent.sample;

import javax.naming.InitialContext;
import javax.naming.NamingException;

/**
 * What the server keeps under a JNDI name.
 *
 * <p>Looked up and not injected: the data source's name differs between servers, and at start Payara has not bound java:comp/env.
 */
public final class ServerObjects {
    private ServerObjects() {}

    /** The object of this name; the name comes from the code or from the configuration, never from a caller. */
    @SuppressWarnings({"BanJNDI", "TypeParameterUnusedInFormals"}) // names are ours, see above
    public static <T> T lookup(String name) {
        try {
            return InitialContext.doLookup(name);
        } catch (NamingException e) {
            throw new IllegalStateException("the server has nothing under the JNDI name " + name, e);
        }
    }
}
