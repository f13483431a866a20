package com.example.orders;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** Where {@link OrdersResource} answers. */
@ApplicationPath("/api")
public class Api extends Application {}
