/**
 * The console of the operators: a page, and the same as REST. A servlet that its initializer sets up under {@code /postevent/} of the
 * application that has this JAR, if {@code postevent.console.enabled} says so. There is nothing to call.
 */
@NullMarked
package dev.postevent.console;

import org.jspecify.annotations.NullMarked;
