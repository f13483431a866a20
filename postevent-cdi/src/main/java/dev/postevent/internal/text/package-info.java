/** What of a text may be shown to people. All internal packages may depend on it. */
@NullMarked
package dev.postevent.internal.text;

import org.jspecify.annotations.NullMarked;
