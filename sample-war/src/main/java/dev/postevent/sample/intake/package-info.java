/** CloudEvents over HTTP, in structured, batch and binary mode. */
@NullMarked
package dev.postevent.sample.intake;

import org.jspecify.annotations.NullMarked;
