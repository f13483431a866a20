/** The feed that reads the tables on a timer, for a database without logical decoding. */
@NullMarked
package dev.postevent.internal.feed.polling;

import org.jspecify.annotations.NullMarked;
