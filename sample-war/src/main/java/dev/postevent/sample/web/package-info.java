/**
 * What holds for every request, whoever answers it: what a browser may do, by which names we answer, who may ask for a change, how long a
 * body may be and take. {@code WEB-INF/web.xml} has them in their order.
 */
@NullMarked
package dev.postevent.sample.web;

import org.jspecify.annotations.NullMarked;
