package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the part of a payload class that becomes the CloudEvents {@code subject}, the ordering key, where the payload is
 * published by {@code Event.fire}.
 *
 * <pre>{@code
 * @EventType("order.placed")
 * public record OrderPlaced(@Subject String customer, long orderId) {}
 * }</pre>
 *
 * <p>One record component, field or method without parameters per class; its value is taken through {@code toString}, null gives
 * an event without a subject.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD})
public @interface Subject {}
