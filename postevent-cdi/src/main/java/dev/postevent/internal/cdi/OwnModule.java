package dev.postevent.internal.cdi;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The module that this copy of the library is in: the whole application, or one WAR of an EAR.
 *
 * <p>An EAR is deployed as a whole, by threads that see what is common to its modules ({@code lib/} of the EAR). They do not see what
 * is in a WAR, neither its configuration nor a library in its {@code WEB-INF/lib}.
 */
final class OwnModule {
    private OwnModule() {}

    /** True for a library in a WAR of an EAR: other WARs may have copies of their own. */
    static boolean isUnseenByTheDeployer() {
        ClassLoader deployer = Thread.currentThread().getContextClassLoader();
        if (deployer == null) {
            return false;
        }
        try {
            return deployer.loadClass(OwnModule.class.getName()) != OwnModule.class;
        } catch (ClassNotFoundException e) {
            return true;
        }
    }

    /** The configuration that the code of this module sees. */
    static Config config() {
        return isUnseenByTheDeployer()
                ? ConfigProvider.getConfig(OwnModule.class.getClassLoader())
                : ConfigProvider.getConfig();
    }
}
