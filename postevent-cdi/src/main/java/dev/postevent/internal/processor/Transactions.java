package dev.postevent.internal.processor;

import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;

/**
 * The server's transactions, of the calling thread.
 *
 * @param user begins and ends them
 * @param registry tells one from another
 */
public record Transactions(UserTransaction user, TransactionSynchronizationRegistry registry) {}
