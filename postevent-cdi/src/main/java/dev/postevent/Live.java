package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says that an {@code @ObservesAsync @Topic} method is meant to be a live observer, which is not a durable one on another thread: it
 * gets what comes while it runs, on the node whose feed streams, nothing is remembered, and a full queue drops the oldest. Without it
 * such a method is a fault at deployment.
 *
 * <pre>{@code
 * @Live
 * void show(@ObservesAsync @Topic("orders") CloudEvent event) { screens.show(event); }
 * }</pre>
 *
 * <p>It is called one event after the other on a thread of the server's, without a transaction; what it throws is logged and counted,
 * and the event is not handed to it again. Its parameter is what a durable observer's may be ({@link Topic}), but no {@code List}; {@code
 * @EventType} selects, and {@code @Subscription} at it is a fault. Each has a queue of its own ({@code postevent.live.queue-max}, {@code
 * postevent.live.queue-size-max}), and what is in it at shutdown is dropped.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Live {}
