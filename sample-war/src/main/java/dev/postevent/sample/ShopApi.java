package dev.postevent.sample;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** Everything under {@code /shop/api}; the container finds resources and providers by scanning. */
@ApplicationPath("api")
public class ShopApi extends Application {}
