/** Numbered DDL: applied, checked, or written out for a migration tool. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.schema;

import org.jspecify.annotations.NullMarked;
