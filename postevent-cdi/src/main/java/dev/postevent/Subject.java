package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the part of a payload class that becomes the CloudEvents {@code subject}, the ordering key, where the payload is
 * published by {@code Event.fire}, {@link EventPublisher#publish(Object)} or {@link EventPublisher#event(Object)}.
 *
 * <pre>{@code
 * @EventType("order.placed")
 * public record OrderPlaced(@Subject String customer, long orderId) {}
 * }</pre>
 *
 * <p>One record component, field or method without parameters per class, counting those of its superclasses and interfaces: at an
 * interface's method it holds for every class that implements it. More than one is a fault. Its value is taken through {@code
 * toString}, which its class must have; null gives an event without a subject. In an entity put it at the getter: the fields of the
 * proxy that an ORM makes of it are empty (a field's own getter, if it has one, is asked there).
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD})
public @interface Subject {}
