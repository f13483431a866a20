/** Tells the application's observers of notices, on a thread of its own. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.notice;

import org.jspecify.annotations.NullMarked;
