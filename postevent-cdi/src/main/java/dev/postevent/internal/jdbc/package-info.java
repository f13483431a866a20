/** Transactions of the database alone, and what its failures mean. All internal packages may depend on it. */
@NullMarked
package dev.postevent.internal.jdbc;

import org.jspecify.annotations.NullMarked;
