package dev.postevent.internal.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong, so that all of it is reported together. */
public final class ConfigFaults {
    private final Set<String> faults = new LinkedHashSet<>();

    /** Adds one fault: a sentence that names the key, bean or method, what was found and what would be right. It counts once. */
    public void add(String fault) {
        faults.add(fault);
    }

    /** The faults so far, in the order they were found. */
    public List<String> all() {
        return List.copyOf(faults);
    }
}
