package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On the event parameter of an {@code @Topic} observer: only events of these CloudEvents types are handed to it; all others
 * are passed over and count as handled. On a payload class: the type under which {@code Event.fire}, {@link EventPublisher#publish(Object)}
 * and {@link EventPublisher#event(Object)} publish it, and the types that an observer gets whose parameter is of that class and has no {@code @EventType} itself. Of several values on a class the first is
 * written and all are read, so that a type can be renamed.
 *
 * <pre>{@code
 * @EventType({"order.placed", "OrderPlaced"}) // written as order.placed; events of both types are read
 * public record OrderPlaced(String order, long cents) {}
 * }</pre>
 *
 * <p>Types are kept in the topic for as long as its events are, so none is made of a class's name: an observer of a class, where
 * neither parameter nor class says a type, and an {@code Event} of such a class are faults at deployment.
 *
 * <p>On a payload class it holds for subclasses and implementing classes, too, as far as they have none of their own; so the
 * proxy that an ORM makes of an entity is published as the entity. Two from supertypes that are not each other's are a fault.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.TYPE})
public @interface EventType {

    /** The CloudEvents {@code type} values, compared as they are. */
    String[] value();
}
