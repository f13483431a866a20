/** The order shop: a small real application on postevent. This package holds what its parts share: database and HTTP manners. */
@NullMarked
package dev.postevent.sample;

import org.jspecify.annotations.NullMarked;
