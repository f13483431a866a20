package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What a data source says of itself is not what somebody asked of the feed. */
class DriverParametersTest {
    private static Properties parsed(String dataSourceUrl) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(dataSourceUrl);
        String told = dataSource.getUrl();
        assertThat(told)
                .as("the driver lists its defaults")
                .contains("socketTimeout=")
                .contains("loginTimeout=");
        return DirectConnections.parse(FeedTarget.ofDataSource(told, "u", "p"));
    }

    @Test
    void theDefaultsOfADataSourceThatWasSetByUrlLeaveTheLimitsOfTheFeed() {
        assertThat(parsed("jdbc:postgresql://h:5/db"))
                .isEqualTo(DirectConnections.parse(new FeedTarget("jdbc:postgresql://h:5/db", "u", "p")))
                .containsAllEntriesOf(Map.of("socketTimeout", "30", "loginTimeout", "10", "tcpKeepAlive", "true"));
    }

    @Test
    void whatSomebodyHasSetIsTaken() {
        assertThat(parsed("jdbc:postgresql://h:5/db?socketTimeout=7&options=-c%20x%3D1&sslmode=verify-full"))
                .containsAllEntriesOf(Map.of(
                        "socketTimeout", "7", "options", "-c x=1", "sslmode", "verify-full", "loginTimeout", "10"));
    }

    /** A URL of our own configuration is somebody's word as it is. */
    @Test
    void aUrlOfTheFeedsOwnSaysWhatItSays() {
        assertThat(DirectConnections.parse(new FeedTarget("jdbc:postgresql://h:5/db?socketTimeout=0", "u", "p")))
                .containsEntry("socketTimeout", "0");
    }

    @Test
    void aUrlWithoutParametersOrWithAnEmptyOneStays() {
        assertThat(DriverParameters.withoutDefaults("jdbc:postgresql://h/d")).isEqualTo("jdbc:postgresql://h/d");
        assertThat(DriverParameters.withoutDefaults("jdbc:postgresql://h/d?ssl&socketTimeout=0"))
                .isEqualTo("jdbc:postgresql://h/d?ssl");
        assertThat(DriverParameters.withoutDefaults("jdbc:postgresql://h/d?socketTimeout=0"))
                .isEqualTo("jdbc:postgresql://h/d");
    }

    @Test
    void classesThatAreNoneOfTheDriverStayAsTheyAre() {
        for (String name : new String[] {"com.example.Factory", "organisation", "xorg.postgresql.A"}) {
            assertThat(DriverParameters.value(name)).isEqualTo(name);
        }
        assertThat(DriverParameters.value("org.postgresql.ssl.NonValidatingFactory"))
                .as("where nothing is relocated")
                .isEqualTo("org.postgresql.ssl.NonValidatingFactory");
    }
}
