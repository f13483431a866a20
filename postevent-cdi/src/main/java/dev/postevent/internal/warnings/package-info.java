/** What the databases of an application know that will hinder it. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.warnings;

import org.jspecify.annotations.NullMarked;
