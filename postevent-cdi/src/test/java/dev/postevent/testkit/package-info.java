/**
 * For users: drives their handlers through the faults of delivery, see docs/testkit.md. Shipped as {@code postevent-cdi} with the
 * classifier {@code testkit}; everything else in that jar is internal.
 */
@NullMarked
package dev.postevent.testkit;

import org.jspecify.annotations.NullMarked;
