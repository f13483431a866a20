package dev.postevent.sample.role;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A bean of one role. In an application of another role it does not exist, and neither do its observers and publishers. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface OnlyIn {
    /** The role. */
    Role value();
}
