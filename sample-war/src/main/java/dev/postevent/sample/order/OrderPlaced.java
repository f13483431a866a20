package dev.postevent.sample.order;

/** The payload of {@code order.placed}. */
public record OrderPlaced(long id, String customer, String item, int quantity) {
    /** The CloudEvents type. */
    public static final String TYPE = "order.placed";
}
