package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On the event parameter of an {@code @Topic} observer: only events of these CloudEvents types are handed to it; all others
 * are passed over and count as handled. On a payload class: the type under which {@code Event.fire} publishes it (the first, if
 * there are several; without it, the class's name).
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.TYPE})
public @interface EventType {

    /** The CloudEvents {@code type} values, compared as they are. */
    String[] value();
}
