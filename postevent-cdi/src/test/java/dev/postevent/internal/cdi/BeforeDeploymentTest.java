package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.InMemoryEventLog;
import jakarta.enterprise.event.Startup;
import java.lang.reflect.Proxy;
import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.spi.InitialContextFactory;
import org.junit.jupiter.api.Test;

/** What is asked for where it is not there yet, not there any more, or something else. */
class BeforeDeploymentTest {

    /** A server that has a text under every name. */
    public static final class Texts implements InitialContextFactory {
        @Override
        public Context getInitialContext(Hashtable<?, ?> environment) throws NamingException {
            return (Context) Proxy.newProxyInstance(
                    Texts.class.getClassLoader(),
                    new Class<?>[] {Context.class},
                    (self, method, values) -> method.getName().equals("lookup") ? "a text" : null);
        }
    }

    @Test
    void whatTheServerHasNotOrHasAsSomethingElseIsNamed() {
        assertThatThrownBy(() -> new JndiResources().dataSource("jdbc/app"))
                .isInstanceOf(PosteventException.class)
                .hasMessageContainingAll("PSTEV20001", "'jdbc/app'", "DataSource");
        System.setProperty(Context.INITIAL_CONTEXT_FACTORY, Texts.class.getName());
        try {
            assertThatThrownBy(() -> new JndiResources().dataSource("jdbc/app"))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContainingAll("PSTEV20002", "'jdbc/app'", "java.lang.String", "DataSource");
        } finally {
            System.clearProperty(Context.INITIAL_CONTEXT_FACTORY);
        }
    }

    @Test
    void anApplicationThatIsNotDeployedDoesNotStart() {
        assertThatThrownBy(() -> new PosteventExtension().start(new Startup()))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV20011");
    }

    @Test
    void aSourceThatIsClosedIsNotAsked() {
        ClosableLog log = new ClosableLog(new InMemoryEventLog());
        log.close();
        assertThatThrownBy(() -> log.head(new TopicName("orders")))
                .isInstanceOf(PosteventException.class)
                .hasMessageContainingAll("PSTEV20017", "orders");
    }
}
