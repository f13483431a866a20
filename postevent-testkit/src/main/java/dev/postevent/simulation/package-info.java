/** A world of one thread and one seed that drives the real stages through faults; see docs/simulation.md. */
package dev.postevent.simulation;
