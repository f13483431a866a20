package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A subscription's keys are its own, also as environment variables. */
class SubscriptionNamesTest {

    @Test
    void namesThatDifferInLettersAndDigitsAreTheirOwn() {
        assertThat(SubscriptionNames.clashes(List.of("shipping", "Shop.bill", "shop.bill2", "shipping")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop_bill", "shop-bill", "Shop.bill", "SHOP.BILL"})
    void namesThatAreOneVariableAreFaults(String other) {
        assertThat(SubscriptionNames.clashes(List.of("shop.bill", other)))
                .singleElement()
                .asString()
                .contains("'shop.bill'", "'" + other + "'", "POSTEVENT_SUBSCRIPTIONS_SHOP_BILL_...");
    }

    @ParameterizedTest
    @ValueSource(strings = {"defaults", "Defaults"})
    void theNameOfTheDefaultsIsAFault(String name) {
        assertThat(SubscriptionNames.clashes(List.of(name)))
                .singleElement()
                .asString()
                .contains("'" + name + "'", "postevent.subscriptions.defaults.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.lanes", "shop.lanes.bill"})
    void aNameThatBeginsWithAKeyOfAnotherOneIsAFault(String name) {
        assertThat(SubscriptionNames.clashes(List.of("shop", name)))
                .singleElement()
                .asString()
                .contains("'shop'", "'" + name + "'", "below");
    }
}
