package dev.postevent.internal.processor;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds the user's own line in a stack. Pure. */
final class UserCode {
    /** Of the JDK, of drivers, of servers and what they bring along, and ours. */
    private static final List<String> NO_USERS = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "jakarta.",
            "org.postgresql.",
            "dev.postevent.internal.",
            "org.jboss.",
            "org.wildfly.",
            "org.hibernate.",
            "com.arjuna.",
            "com.ibm.",
            "io.openliberty.",
            "org.glassfish.",
            "org.eclipse.",
            "org.apache.",
            "io.smallrye.",
            "io.agroal.");

    private UserCode() {}

    /**
     * The innermost frame of the user's, or the innermost one if none is.
     *
     * @param home package of the user's observer; empty: it is not known
     */
    static Optional<StackTraceElement> frame(List<StackTraceElement> stack, String home) {
        return first(stack, name -> !home.isEmpty() && name.startsWith(home + "."))
                .or(() -> first(stack, name -> NO_USERS.stream().noneMatch(name::startsWith)))
                .or(() -> stack.stream().findFirst());
    }

    private static Optional<StackTraceElement> first(List<StackTraceElement> stack, Predicate<String> ofClass) {
        return stack.stream()
                .filter(frame -> ofClass.test(frame.getClassName()))
                .findFirst();
    }
}
