/** What holds for every request, whoever answers it: how long a body may be, who may ask for a change, what a browser may do. */
@NullMarked
package dev.postevent.sample.web;

import org.jspecify.annotations.NullMarked;
