package dev.postevent.testkit;

import dev.postevent.Delivery;
import java.sql.SQLException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small database of keys and values that takes part in the observer's transaction, and the world outside, which does not. Neither keys
 * nor values are null.
 *
 * <pre>{@code
 * final class ParcelsIn implements Parcels { // the observer's own port, over the simulated database
 *     private final Effects effects;
 *
 *     ParcelsIn(Effects effects) {
 *         this.effects = effects;
 *     }
 *
 *     @Override
 *     public void add(String order) {
 *         try {
 *             effects.put("parcel of " + order, "packed");
 *         } catch (SQLException e) {
 *             throw new IllegalStateException("no parcel for " + order, e);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Any call may fail as a database does. The transaction is spoilt then: the exception is let through, or another one is thrown with
 * it as its cause, which is the same. An exception without it is the observer's own failure.
 *
 * <p>One object stands for one life of a node, and may be kept by what is made for it. It is of use while an observer is called.
 */
public interface Effects {

    /**
     * The value as it was committed, or as this transaction has changed it. Locks nothing: others may change it next.
     *
     * @return null: there is none
     * @throws SQLException if the simulated statement fails
     */
    @Nullable
    String get(String key) throws SQLException;

    /**
     * As {@code insert ... on conflict do update set value = ?}: others wait for this transaction.
     *
     * @throws SQLException if the simulated statement fails, or another transaction has locked the key
     */
    void put(String key, String value) throws SQLException;

    /**
     * As {@code update t set n = n + 1}: others wait for this transaction, and {@code change} sees the latest value.
     *
     * <pre>{@code
     * effects.update("parcels", n -> n == null ? "1" : "" + (Integer.parseInt(n) + 1));
     * }</pre>
     *
     * @param change gets the value, null if there is none, as {@link #get} has it; what it returns is not null
     * @throws SQLException if the simulated statement fails, or another transaction has locked the key
     */
    void update(String key, Function<@Nullable String, String> change) throws SQLException;

    /**
     * As a call of another service that does it again each time it is called: it happens now, whatever becomes of the transaction. An
     * observer that calls it is found wrong in some world, as it is called at least once: see {@link #outside(String, String)}.
     *
     * @param what is compared with what happens where nothing goes wrong
     */
    void outside(String what);

    /**
     * As a call of another service that knows by an id what it has done, or a mail of which a second copy does no harm: what has happened
     * with this id is not done again. The event's id is one, as long as the event leads to one such call.
     *
     * <pre>{@code
     * effects.outside("mail " + delivery.event().getId(), "your order is on its way");
     * }</pre>
     *
     * @param id of what is done
     * @param what is compared with what happens with this id where nothing goes wrong; that of the first call counts
     */
    void outside(String id, String what);

    /**
     * The {@link Delivery} that a container injects: the one under way whenever it is asked. For a bean that has it in its constructor
     * or a field; an observer's parameter, and a handler's, is given anyhow.
     *
     * <pre>{@code
     * DeliverySimulation.of(effects -> new Shipping(effects.delivery(), new ParcelsIn(effects))).run();
     * }</pre>
     */
    Delivery delivery();
}
