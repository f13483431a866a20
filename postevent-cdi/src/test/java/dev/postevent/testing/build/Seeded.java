package dev.postevent.testing.build;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that seeds decide: campaigns, simulations, random twins. Where the build runs a failed test once more, this one stays failed:
 * another seed may well pass, and the violation that the first one found would be a line among thousands.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(FailedOnce.class)
public @interface Seeded {}
