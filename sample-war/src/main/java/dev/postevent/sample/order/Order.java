package dev.postevent.sample.order;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An order.
 *
 * @param shippedAt when the subscription {@code shipping} handled it; null: not yet
 * @param billedAt when the subscription {@code billing} handled it; null: not yet
 */
public record Order(
        long id,
        String customer,
        String item,
        int quantity,
        Instant placedAt,
        @Nullable Instant shippedAt,
        @Nullable Instant billedAt) {}
