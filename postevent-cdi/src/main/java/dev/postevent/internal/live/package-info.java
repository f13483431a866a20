/** What live observers get: each event once, as it is committed, without storage. Only {@code internal.cdi} depends on it. */
@NullMarked
package dev.postevent.internal.live;

import org.jspecify.annotations.NullMarked;
