package dev.postevent.sample.watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open page: what it has not been sent yet, bounded, and the loop that sends it.
 *
 * <p>The loop has a thread of its own, because on every server there are writes that wait for a browser that does not read. Nobody else
 * waits for that: messages are {@linkplain #offer offered}, and where there is no room for one more the page has to go.
 * What is {@linkplain #show shown} beside them is a whole each time, so only the newest of it waits.
 */
final class Page {
    /** On some servers a browser hears nothing, not even that it is connected, before the first byte. */
    private static final byte[] OPENING = ": open\n\n".getBytes(UTF_8);
    /** Servers and proxies close what is silent; and only a write finds out that a browser has left. */
    private static final byte[] STILL_HERE = ": still here\n\n".getBytes(UTF_8);

    /** Its place in the queue has what is shown, which is looked for when its turn comes. */
    private static final byte[] SHOWN = {};

    private final int waitingMax;
    private final BlockingQueue<byte[]> waiting;
    private final Duration silenceMax;
    private final Consumer<Page> leaves;
    private volatile boolean over;
    private @Nullable Thread sender;
    private byte @Nullable [] shown;
    private int passedOver;

    /**
     * Nothing is sent yet.
     *
     * @param waitingMax messages that are kept for it, and how often what is shown may be replaced before any of it is sent
     * @param silenceMax after this time without a message it is sent a comment
     * @param leaves called once, when its loop has ended
     */
    Page(int waitingMax, Duration silenceMax, Consumer<Page> leaves) {
        this.waitingMax = waitingMax;
        this.waiting = new ArrayBlockingQueue<>(waitingMax);
        this.silenceMax = silenceMax;
        this.leaves = leaves;
    }

    /** Keeps a message for it. A page that does not keep up is ended; its browser comes again by itself. Never waits. */
    void offer(byte[] message) {
        if (!over && !waiting.offer(message)) {
            end();
        }
    }

    /** Keeps what is shown from now on, instead of what was shown before and is not sent yet. Otherwise as {@link #offer}. */
    synchronized void show(byte[] message) {
        boolean inQueue = shown != null;
        shown = message;
        if (!inQueue) {
            passedOver = 0;
            offer(SHOWN);
        } else if (++passedOver == waitingMax) {
            end();
        }
    }

    /** It is sent nothing more. */
    boolean isOver() {
        return over;
    }

    /** Ends its loop, also one that hangs in a write, as far as the server lets itself be interrupted there. May be called twice or first. */
    synchronized void end() {
        over = true;
        if (sender != null) {
            sender.interrupt();
        }
    }

    /**
     * Sends until the page is ended.
     *
     * @throws IOException if the browser has left
     */
    void send(OutputStream out) throws IOException {
        enter();
        try {
            out.write(OPENING);
            out.flush();
            while (!over) {
                byte[] next = waiting.poll(silenceMax.toNanos(), TimeUnit.NANOSECONDS);
                out.write(next == null ? STILL_HERE : next == SHOWN ? takeShown() : next);
                if (waiting.isEmpty()) {
                    out.flush();
                }
            }
        } catch (InterruptedException e) {
            over = true; // by end(), or by a server that stops: the thread is ours and has nothing else to do
        } finally {
            leave();
        }
    }

    /** Instead of {@link #send}, if there is no thread for it. */
    void leave() {
        synchronized (this) {
            over = true;
            if (sender != null) {
                sender = null;
                Thread.interrupted(); // by an end() that came late: what follows on this thread is not meant
            }
        }
        leaves.accept(this);
    }

    private synchronized byte[] takeShown() {
        byte[] newest = Objects.requireNonNull(shown, "in the queue without being shown");
        shown = null;
        return newest;
    }

    private synchronized void enter() {
        sender = Thread.currentThread();
    }
}
