/** Looking and operating: status, repair, and the live stream of the page. */
@NullMarked
package dev.postevent.sample.watch;

import org.jspecify.annotations.NullMarked;
