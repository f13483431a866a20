/** The one place that knows the names and defaults of configuration keys. Reads MicroProfile Config, reports all faults together. Only {@code internal.cdi} depends on it, and modules of ours that have keys. */
@NullMarked
package dev.postevent.internal.config;

import org.jspecify.annotations.NullMarked;
