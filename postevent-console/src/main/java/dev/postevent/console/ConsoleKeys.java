package dev.postevent.console;

import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.ModuleKeys;
import java.util.List;

/** Tells the library which keys the console reads. Found by {@link java.util.ServiceLoader}; there is nothing to call. */
public final class ConsoleKeys implements ModuleKeys {

    /** Made by {@link java.util.ServiceLoader}. */
    public ConsoleKeys() {}

    @Override
    public List<ConfigKey> keys() {
        return ConsoleKey.all();
    }
}
