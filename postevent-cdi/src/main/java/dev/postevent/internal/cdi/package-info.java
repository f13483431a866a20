/** The CDI extension, observer dispatch, wiring of the stages and their life cycle. Sees every stage; nobody depends on it. */
@NullMarked
package dev.postevent.internal.cdi;

import org.jspecify.annotations.NullMarked;
