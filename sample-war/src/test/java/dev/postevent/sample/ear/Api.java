package dev.postevent.sample.ear;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** Where {@link Reader} and {@link Writer} answer. */
@ApplicationPath("/")
public class Api extends Application {}
