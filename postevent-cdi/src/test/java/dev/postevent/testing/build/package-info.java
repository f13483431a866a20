/**
 * How the build runs its tests: time and CPU of each class, an end for what hangs, seeds that can be run again, ports that no other
 * process of the build takes. Nothing here knows what is tested.
 */
@NullMarked
package dev.postevent.testing.build;

import org.jspecify.annotations.NullMarked;
