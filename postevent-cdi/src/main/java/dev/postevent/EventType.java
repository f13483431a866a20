package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On the event parameter of an {@code @Topic} observer: only events of these CloudEvents types are handed to it; all others
 * are passed over and count as handled. On a payload class: the type under which {@code Event.fire} publishes it (the first, if
 * there are several; without it, the class's name), and the types that an observer gets whose parameter is of that class and has no
 * {@code @EventType} itself. An observer of a class, where neither says a type, is a fault at deployment.
 *
 * <p>On a payload class it holds for subclasses and implementing classes, too, as far as they have none of their own; so the
 * proxy that an ORM makes of an entity is published as the entity. Two from supertypes that are not each other's are a fault.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.TYPE})
public @interface EventType {

    /** The CloudEvents {@code type} values, compared as they are. */
    String[] value();
}
