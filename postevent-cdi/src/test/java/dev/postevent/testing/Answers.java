package dev.postevent.testing;

import java.lang.reflect.Proxy;

/** Objects of an interface of which a test wants a few methods. */
public final class Answers {
    private Answers() {}

    /** Answers to the method of that name, or fails at it. */
    @FunctionalInterface
    public interface Answer {
        Object to(String method) throws Exception;
    }

    public static <T> T answering(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, values) -> answer.to(method.getName())));
    }
}
