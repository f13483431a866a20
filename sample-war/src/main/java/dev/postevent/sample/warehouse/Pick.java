package dev.postevent.sample.warehouse;

import java.time.Instant;

/**
 * Goods taken from the shelf for an order.
 *
 * @param id running number
 * @param orderId the order's number at the shop
 * @param pickedAt when the transaction that handled the event began
 */
public record Pick(long id, long orderId, String customer, String item, int quantity, Instant pickedAt) {}
