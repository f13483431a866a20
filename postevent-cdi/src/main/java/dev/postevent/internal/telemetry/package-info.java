/**
 * Metrics and traces by OpenTelemetry's API, where the server or the application has it and gives its object as a CDI bean. Only {@code
 * internal.cdi} depends on it, and one class here knows {@code io.opentelemetry}.
 */
@NullMarked
package dev.postevent.internal.telemetry;

import org.jspecify.annotations.NullMarked;
