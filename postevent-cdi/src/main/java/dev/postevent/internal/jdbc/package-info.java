/** Transactions of the database alone, what its failures mean, and what two stages ask it alike. All internal packages may depend on it. */
@NullMarked
package dev.postevent.internal.jdbc;

import org.jspecify.annotations.NullMarked;
