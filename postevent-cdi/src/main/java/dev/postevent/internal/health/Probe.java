package dev.postevent.internal.health;

/** Marks our health checks; known without MicroProfile Health, too. */
public interface Probe {}
