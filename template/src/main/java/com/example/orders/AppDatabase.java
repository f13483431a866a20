package com.example.orders;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The application's data source, the one that postevent publishes through: so that both are one transaction. */
@ApplicationScoped
public class AppDatabase {
    @Inject
    @ConfigProperty(name = "postevent.datasource")
    String name;

    /** A connection in the current transaction. */
    public Connection connection() throws SQLException {
        try {
            return InitialContext.<DataSource>doLookup(name).getConnection();
        } catch (NamingException e) {
            throw new SQLException("there is no data source " + name, e);
        }
    }
}
