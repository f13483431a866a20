package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks the promises from the tables alone: the outbox says what was committed, the effect table (n, subscription, position,
 * event, subject) what observers did.
 */
public final class EffectChecker {
    private final PostgresFixture.Db db;
    private final String outbox;
    private final String effect;

    /** For a topic and a table of effects. */
    public EffectChecker(PostgresFixture.Db db, String topic, String effect) {
        this.db = db;
        this.outbox = "postevent.\"" + topic + '"';
        this.effect = effect;
    }

    /** Number of effects of a subscription. */
    public long effects(String subscription) {
        return db.number("select count(*) from " + effect + " where subscription = '" + subscription + "'");
    }

    /** I1 no loss, I2 no phantom, I3 no duplicate effect, I4 order per subject. */
    public void assertExactlyOnceInOrder(String subscription) {
        String own = "(select * from " + effect + " where subscription = '" + subscription + "')";
        assertThat(db.number("select count(*) from " + outbox + " o where kind = 'e' and not exists (select 1 from "
                        + own + " e where e.position = o.idn and e.event = o.id)"))
                .as("I1: committed and not handled by %s", subscription)
                .isZero();
        assertThat(db.number("select count(*) from " + own + " e where not exists (select 1 from " + outbox
                        + " o where o.kind = 'e' and o.idn = e.position and o.id = e.event)"))
                .as("I2: handled by %s and never committed", subscription)
                .isZero();
        assertThat(db.number("select count(*) - count(distinct position) from " + own + " e"))
                .as("I3: effects of %s more than once", subscription)
                .isZero();
        assertThat(db.number(
                        "select count(*) from (select position < lag(position) over (partition by subject order by n) as back"
                                + " from " + own + " e where subject is not null) o where back"))
                .as("I4: effects of %s against the order of their subject", subscription)
                .isZero();
    }

    /** Position order is commit order: the data of each subject's events count 1, 2, 3, ... (modulo 256). */
    public void assertPositionsAreInCommitOrder(String which) {
        assertThat(db.number("select count(*) from (select get_byte(data, 0) as n,"
                        + " row_number() over (partition by subject order by idn) as place from " + outbox
                        + " where kind = 'e' and " + which + ") o where n <> place % 256"))
                .as("I4: positions against the commit order")
                .isZero();
    }
}
