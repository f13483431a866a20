package dev.postevent.internal.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.TransientFailureException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class TableSizeStoreTest {
    @Test
    void aDatabaseThatIsAwayIsSaidToBe() {
        DataSource away = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    throw new SQLException("nobody listens there", "08001");
                });
        assertThatThrownBy(() -> TableSizeStore.bytes(away, List.of("postevent.orders")))
                .isInstanceOf(TransientFailureException.class)
                .hasMessageContainingAll("PSTEV20022", "nobody listens there");
    }
}
