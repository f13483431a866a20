/** Threads of the server's factory, pools, timers, loops and back-off. All internal packages may depend on it. */
@NullMarked
package dev.postevent.internal.threads;

import org.jspecify.annotations.NullMarked;
