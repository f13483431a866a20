package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the durable subscription that an {@code @Observes @Topic} method is.
 *
 * <p>The name is the key of the progress kept in the database. Without this annotation the name is made of class and method;
 * renaming either then starts a new subscription from the beginning of the history.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Subscription {

    /** The subscription's name, unique in the application: {@code ^[A-Za-z][A-Za-z0-9_.-]{0,199}$}. */
    String value();
}
