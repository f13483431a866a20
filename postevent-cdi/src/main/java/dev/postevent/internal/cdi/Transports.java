package dev.postevent.internal.cdi;

import dev.postevent.spi.Transport;
import dev.postevent.spi.TransportKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** The transports in the application: those beside this library, and those the application sees. */
final class Transports {
    private final List<Transport> all;

    private Transports(List<Transport> all) {
        this.all = List.copyOf(all);
    }

    static Transports find() {
        List<Transport> found = new ArrayList<>();
        for (ClassLoader loader : new ClassLoader[] {
            Transports.class.getClassLoader(), Thread.currentThread().getContextClassLoader()
        }) {
            if (loader != null) {
                // the same class by both ways is one transport
                ServiceLoader.load(Transport.class, loader).stream()
                        .filter(provider -> found.stream().noneMatch(known -> known.getClass() == provider.type()))
                        .forEach(provider -> found.add(provider.get()));
            }
        }
        return new Transports(found);
    }

    List<Transport> all() {
        return all;
    }

    Collection<String> schemes() {
        Collection<String> schemes = new TreeSet<>();
        all.forEach(transport -> schemes.addAll(transport.schemes()));
        return schemes;
    }

    List<String> keys() {
        return all.stream()
                .flatMap(transport -> transport.keys().stream())
                .map(TransportKey::name)
                .toList();
    }
}
