package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import jakarta.transaction.UserTransaction;
import java.lang.reflect.Proxy;
import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.spi.InitialContextFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What JNDI has depends on who asks. */
class JndiResourcesTest {
    private static final UserTransaction TRANSACTION = stub(UserTransaction.class);

    /** What whoever asks finds under each name; null: nothing. */
    private static @Nullable Object bound;

    /** Under which name alone it is found; null: any. */
    private static @Nullable String boundAs;

    private final @Nullable String before = System.getProperty(Context.INITIAL_CONTEXT_FACTORY);

    /** As the one of a server. */
    public static final class Names implements InitialContextFactory {
        @Override
        public Context getInitialContext(Hashtable<?, ?> environment) {
            return (Context) Proxy.newProxyInstance(
                    Names.class.getClassLoader(), new Class<?>[] {Context.class}, (proxy, method, args) -> {
                        boolean there = bound != null && (boundAs == null || boundAs.equals(args[0]));
                        if (method.getName().equals("lookup") && !there) {
                            throw new NameNotFoundException(String.valueOf(args[0]));
                        }
                        return method.getName().equals("lookup") ? bound : null;
                    });
        }
    }

    private static <T> T stub(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                JndiResourcesTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> null));
    }

    @BeforeEach
    void take() {
        bound = null;
        boundAs = null;
        System.setProperty(Context.INITIAL_CONTEXT_FACTORY, Names.class.getName());
    }

    @AfterEach
    void giveBack() {
        if (before == null) {
            System.clearProperty(Context.INITIAL_CONTEXT_FACTORY);
        } else {
            System.setProperty(Context.INITIAL_CONTEXT_FACTORY, before);
        }
    }

    @Test
    void whoMayNotAskForTheUserTransactionGetsWhatWasFoundAtDeployment() {
        JndiResources resources = new JndiResources();
        bound = TRANSACTION;
        resources.findForAll();
        bound = null;
        assertThat((Object) resources.userTransaction()).isSameAs(TRANSACTION);
    }

    @Test
    void whereThereWasNoneAtDeploymentItIsFoundWhenItIsThere() {
        JndiResources resources = new JndiResources();
        resources.findForAll();
        assertThatThrownBy(resources::userTransaction)
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("java:comp/UserTransaction");
        bound = TRANSACTION;
        assertThat((Object) resources.userTransaction()).isSameAs(TRANSACTION);
    }

    @Test
    void whereNoComponentIsAskingTheServersOwnNameCounts() {
        bound = TRANSACTION;
        boundAs = "java:jboss/UserTransaction";
        assertThat(new JndiResources().userTransaction()).isSameAs(TRANSACTION);
        boundAs = "java:jboss/other";
        assertThatThrownBy(() -> new JndiResources().userTransaction())
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("'java:comp/UserTransaction'");
    }
}
