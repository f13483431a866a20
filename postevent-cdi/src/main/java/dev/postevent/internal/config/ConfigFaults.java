package dev.postevent.internal.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, so that all of it is reported together. */
public final class ConfigFaults {
    private final List<String> faults = new ArrayList<>();

    /** Adds one fault: a sentence that names the key, bean or method, what was found and what would be right. */
    public void add(String fault) {
        faults.add(fault);
    }

    /** The faults so far, in the order they were found. */
    public List<String> all() {
        return List.copyOf(faults);
    }
}
