package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.LeastPrivilege;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Faults of the database, its disk, and what is in it for the feed. */
final class DatabaseFaults {
    private DatabaseFaults() {}

    /** Waits until they are gone: what fails later, fails for another reason. */
    static void terminateConnections(Campaign campaign) {
        campaign.db()
                .execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                        + " where datname = current_database() and pid <> pg_backend_pid()");
    }

    static void killed(Campaign campaign) throws Exception {
        campaign.server().kill();
        campaign.server().start();
    }

    static void away(Campaign campaign) throws Exception {
        campaign.server().stop("fast");
        campaign.awaitNamed("SQLSTATE 08", "Connection", "connection");
        campaign.server().start();
    }

    static void isolationChanged(Campaign campaign) {
        underRepeatableRead(campaign, () -> campaign.pause(Duration.ofMillis(2_000)));
    }

    static void underRepeatableRead(Campaign campaign, Runnable meanwhile) {
        String database = "alter database " + campaign.db().name();
        campaign.db().execute(database + " set default_transaction_isolation = 'repeatable read'");
        terminateConnections(campaign);
        meanwhile.run();
        campaign.db().execute(database + " reset default_transaction_isolation");
        terminateConnections(campaign);
    }

    static void inboxLocked(Campaign campaign) {
        campaign.db()
                .execute(
                        "begin",
                        "lock table postevent_inbox.messages, postevent_inbox.lane in access exclusive mode",
                        "select pg_sleep(2)",
                        "commit");
    }

    /** The table moves to a small disk of its own, which is then filled; needs the right to mount one. */
    static void diskFull(Campaign campaign) throws Exception {
        boolean inbox = campaign.random().nextBoolean();
        String table = inbox ? "postevent_inbox.messages" : "postevent.orders";
        long bytes = campaign.db().number("select pg_table_size('" + table + "')") + (8 << 20);
        Path disk = Files.createTempDirectory("disk");
        if (run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", disk.toString()) != 0) {
            Files.delete(disk);
            campaign.notPossible("disk full: this machine does not allow a file system to be mounted");
            return;
        }
        Path full = Files.createDirectory(disk.resolve("tablespace"));
        try {
            campaign.db()
                    .execute(
                            "create tablespace small location '" + full + "'",
                            "alter table " + table + " set tablespace small");
            assertThat(run("dd", "if=/dev/zero", "of=" + disk.resolve("ballast"), "bs=4096"))
                    .as("the disk is full")
                    .isNotZero();
            if (inbox) {
                campaign.awaitNamed("No space left on device");
            } else {
                campaign.pause(Duration.ofSeconds(3));
            }
            Files.delete(disk.resolve("ballast"));
            campaign.db()
                    .execute(
                            "alter table " + table + " set tablespace pg_default",
                            "checkpoint",
                            "drop tablespace small");
        } finally {
            // lazily: after a failure the server still has files there
            run("umount", "-l", disk.toString());
            Files.delete(disk);
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    static void slotDropped(Campaign campaign) {
        withFreeSlot(campaign, campaign.slot(), "perform pg_drop_replication_slot('%s')");
    }

    static void slotAdvanced(Campaign campaign) {
        withFreeSlot(campaign, campaign.slot(), "perform pg_replication_slot_advance('%s', pg_current_wal_lsn())");
    }

    /** I11: nobody can stream, for as long as the name is taken. */
    static void slotTaken(Campaign campaign) {
        String slot = campaign.slot();
        withFreeSlot(
                campaign,
                slot,
                "perform pg_drop_replication_slot('%1$s'); perform pg_create_physical_replication_slot('%1$s')");
        campaign.awaitNamed("there is a physical slot of database");
        campaign.db().execute("select pg_drop_replication_slot('" + slot + "')");
    }

    /**
     * Ends whoever has the slot until {@code call} gets it, and fails if it never does: what waits for the fault to be named must not
     * wait for one that was not injected. One that is being made is gone with whoever makes it, so it is waited for.
     */
    private static void withFreeSlot(Campaign campaign, String slot, String call) {
        campaign.db().execute("""
                do $$
                declare
                  until timestamptz := clock_timestamp() + interval '3 minutes';
                begin
                  while clock_timestamp() < until loop
                    begin
                      if exists (select from pg_replication_slots
                                  where slot_name = '${slot}' and confirmed_flush_lsn is not null) then
                        perform pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '${slot}' and active;
                        ${call};
                        return;
                      end if;
                    exception when object_in_use or object_not_in_prerequisite_state or undefined_object or duplicate_object then
                      null; -- not yet
                    end;
                    perform pg_sleep(0.02);
                  end loop;
                  raise exception 'the slot ${slot} never became free';
                end $$""".replace("${call}", call.formatted(slot)).replace("${slot}", slot));
    }

    static void publicationDropped(Campaign campaign) {
        if (LeastPrivilege.isAskedFor()) {
            campaign.notPossible("publication dropped: with roles of least privilege only its owner can make it again");
            return;
        }
        String publication = campaign.db().text("select pubname from pg_publication");
        if (publication == null) {
            return;
        }
        campaign.db().execute("drop publication if exists \"" + publication + '"');
        // a slot that is older than the publication cannot be read with it: whoever makes the one makes the other
        campaign.awaitStreamAgain();
    }
}
