/** The warehouse: picks what was ordered at the shop, which is another application with another database. */
@NullMarked
package dev.postevent.sample.warehouse;

import org.jspecify.annotations.NullMarked;
