package dev.postevent.simulation;

/** Unwinds what a process was doing when it died: nothing it still calls has an effect. */
public final class ProcessDied extends Error {
    private static final long serialVersionUID = 1L;

    ProcessDied() {
        super("the process is dead", null, false, false);
    }
}
