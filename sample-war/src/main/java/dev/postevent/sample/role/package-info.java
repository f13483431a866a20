/** One WAR, several applications: which beans there are is decided by the configuration, before the container makes them. */
@NullMarked
package dev.postevent.sample.role;

import org.jspecify.annotations.NullMarked;
