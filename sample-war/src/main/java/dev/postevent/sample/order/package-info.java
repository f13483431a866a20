/** Orders: stored and published in one transaction. */
@NullMarked
package dev.postevent.sample.order;

import org.jspecify.annotations.NullMarked;
