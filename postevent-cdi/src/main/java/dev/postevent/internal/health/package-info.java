/** Thin MicroProfile Health probes over one status report. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.health;

import org.jspecify.annotations.NullMarked;
