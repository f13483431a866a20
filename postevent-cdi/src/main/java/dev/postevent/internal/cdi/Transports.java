package dev.postevent.internal.cdi;

import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.ModuleKeys;
import dev.postevent.spi.Transport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The transports in the application, and other JARs with keys of their own: those beside this library, and those the application sees. */
final class Transports {
    private final List<Transport> all;
    private final List<ModuleKeys> others;

    private Transports(List<Transport> all, List<ModuleKeys> others) {
        this.all = List.copyOf(all);
        this.others = List.copyOf(others);
    }

    static Transports find() {
        return new Transports(find(Transport.class), find(ModuleKeys.class));
    }

    private static <S> List<S> find(Class<S> service) {
        List<S> found = new ArrayList<>();
        for (ClassLoader loader : new ClassLoader[] {
            Transports.class.getClassLoader(), Thread.currentThread().getContextClassLoader()
        }) {
            if (loader != null) {
                // the same class by both ways is one
                ServiceLoader.load(service, loader).stream()
                        .filter(provider -> found.stream().noneMatch(known -> known.getClass() == provider.type()))
                        .forEach(provider -> found.add(provider.get()));
            }
        }
        return found;
    }

    List<Transport> all() {
        return all;
    }

    Collection<String> schemes() {
        Collection<String> schemes = new TreeSet<>();
        all.forEach(transport -> schemes.addAll(transport.schemes()));
        return schemes;
    }

    /** The keys that they read. */
    List<ConfigKey> keys() {
        return Stream.concat(all.stream().map(Transport::keys), others.stream().map(ModuleKeys::keys))
                .flatMap(List::stream)
                .toList();
    }

    /** Their names. */
    List<String> keyNames() {
        return keys().stream().map(ConfigKey::name).toList();
    }
}
