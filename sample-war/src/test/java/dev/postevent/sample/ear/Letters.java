package dev.postevent.sample.ear;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;

/** The letters that applications of an EAR have read, in a table that they have in common. */
@ApplicationScoped
public class Letters {
    /** Adds one, in the current transaction. */
    public void add(String reader, String text) throws SQLException {
        try (Connection connection = connection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into letters (reader, text) values (?, ?)")) {
            insert.setString(1, reader);
            insert.setString(2, text);
            insert.executeUpdate();
        }
    }

    /** All, each as reader and text. */
    public List<String> all() throws SQLException {
        try (Connection connection = connection();
                PreparedStatement select =
                        connection.prepareStatement("select reader || ' read ' || text from letters");
                ResultSet rows = select.executeQuery()) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }

    private Connection connection() throws SQLException {
        String dataSource = ConfigProvider.getConfig().getValue("postevent.datasource", String.class);
        try {
            return InitialContext.<DataSource>doLookup(dataSource).getConnection();
        } catch (NamingException e) {
            throw new SQLException("there is no data source " + dataSource, e);
        }
    }
}
