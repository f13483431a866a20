/**
 * Runs what the sample runs on, as child processes: PostgreSQL and Open Liberty. For the sample's run command and for tests on a
 * real server; no part of the library and used by nothing that ships.
 */
@NullMarked
package dev.postevent.server;

import org.jspecify.annotations.NullMarked;
