/**
 * What Java Flight Recorder is told, for who profiles. All internal packages may depend on it; what is of {@code jdk.jfr} stays here.
 */
@NullMarked
package dev.postevent.internal.flight;

import org.jspecify.annotations.NullMarked;
