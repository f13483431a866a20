package dev.postevent.adapters;

import dev.postevent.spi.Transport;
import dev.postevent.testkit.contract.Publishers;
import dev.postevent.testkit.contract.TransportContract;
import java.net.URI;
import java.util.List;

class PigeonsIT extends TransportContract {
    private final Loft loft = new Loft();

    @Override
    protected Transport transport() {
        return new Pigeons();
    }

    @Override
    protected Publishers publishers() {
        Pigeons.LOFTS.put("loft-7", loft);
        return loft;
    }

    @Override
    protected URI uri() {
        return URI.create("pigeon://loft-7:1/orders");
    }

    @Override
    protected URI unreachable() {
        return URI.create("pigeon://nowhere:1/orders");
    }

    @Override
    protected List<URI> refused() {
        return List.of(URI.create("pigeon://loft-7/orders"));
    }

    @Override
    protected void close() {
        Pigeons.LOFTS.remove("loft-7");
    }
}
