package dev.postevent.sample.order;

import dev.postevent.sample.Refusal;
import jakarta.json.bind.annotation.JsonbCreator;
import jakarta.json.bind.annotation.JsonbProperty;
import org.jspecify.annotations.Nullable;

/** What a customer sends. Anything may be missing; {@link #check} says what. */
public record NewOrder(
        @Nullable String customer,
        @Nullable String item,
        @Nullable Integer quantity) {
    private static final int TEXT_MAX = 200;
    private static final int QUANTITY_MAX = 1000;

    /** Names the properties: a container's JSON-B need not know records. */
    @JsonbCreator
    public NewOrder(
            @JsonbProperty("customer") @Nullable String customer,
            @JsonbProperty("item") @Nullable String item,
            @JsonbProperty("quantity") @Nullable Integer quantity) {
        this.customer = customer;
        this.item = item;
        this.quantity = quantity;
    }

    /** Returns the order's parts, or answers 400. */
    Checked check() {
        return new Checked(text("customer", customer), text("item", item), count(quantity));
    }

    private static String text(String name, @Nullable String value) {
        if (value == null || value.isBlank() || value.length() > TEXT_MAX) {
            throw Refusal.badRequest(name + " must be a text of 1 to " + TEXT_MAX + " characters");
        }
        return value;
    }

    private static int count(@Nullable Integer quantity) {
        if (quantity == null || quantity < 1 || quantity > QUANTITY_MAX) {
            throw Refusal.badRequest("quantity must be a whole number from 1 to " + QUANTITY_MAX);
        }
        return quantity;
    }

    /** An order that can be placed. */
    record Checked(String customer, String item, int quantity) {}
}
