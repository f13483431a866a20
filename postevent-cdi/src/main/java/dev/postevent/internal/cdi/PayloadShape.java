package dev.postevent.internal.cdi;

import dev.postevent.EventType;
import dev.postevent.InvalidEventException;
import dev.postevent.Subject;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of a payload class say, those of all its superclasses and interfaces included; found once per class.
 *
 * <p>A method counts once, however often it is declared, overridden or bridged on the way up: it is called on the payload, which
 * decides what runs. Where the hierarchy says two different things nothing is chosen: {@link #faults} names both.
 */
final class PayloadShape {
    private static final ClassValue<PayloadShape> FOUND = new ClassValue<>() {
        @Override
        protected PayloadShape computeValue(Class<?> type) {
            return new PayloadShape(type);
        }
    };

    private final Class<?> payloadType;
    private final List<String> faults = new ArrayList<>();
    private final Set<String> types;
    private final @Nullable AccessibleObject subjectMember;

    private PayloadShape(Class<?> payloadType) {
        this.payloadType = payloadType;
        Set<Class<?>> hierarchy = new LinkedHashSet<>();
        collect(payloadType, hierarchy);
        this.types = typesSaid(hierarchy);
        this.subjectMember = subjectMember(hierarchy);
    }

    static PayloadShape of(Class<?> payloadType) {
        return FOUND.get(payloadType);
    }

    /** Classes before their superclasses, those before interfaces. */
    private static void collect(Class<?> type, Set<Class<?>> hierarchy) {
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            hierarchy.add(at);
        }
        for (Class<?> at : List.copyOf(hierarchy)) {
            collectInterfaces(at, hierarchy);
        }
    }

    private static void collectInterfaces(Class<?> type, Set<Class<?>> hierarchy) {
        for (Class<?> one : type.getInterfaces()) {
            if (hierarchy.add(one)) {
                collectInterfaces(one, hierarchy);
            }
        }
    }

    /** What is wrong with the class, each beginning with its name; empty: nothing. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    /** The values of the {@link EventType} that holds for the class; empty: there is none. */
    Set<String> types() {
        return types;
    }

    /** What keeps payloads of this class from being published by what it says of itself, each beginning with its name; empty: nothing. */
    List<String> publishingFaults() {
        return faults.isEmpty() && types.isEmpty()
                ? List.of(payloadType.getName()
                        + " has no @EventType, neither of its own nor of a supertype: the type under which it is published"
                        + " is kept in the topic for ever, and a class's name would change with the code. Write"
                        + " @EventType(\"order.placed\") or the like on the class, or use EventPublisher.publish, which"
                        + " takes the type. (An earlier version wrote the class's name: where such events are still to be"
                        + " read, @EventType({\"order.placed\", \"" + payloadType.getName()
                        + "\"}).) If only its subclasses"
                        + " are published, make it abstract")
                : faults();
    }

    /** The type under which a payload of this class is published, if nothing keeps it from that. */
    String type() {
        return types.iterator().next();
    }

    /** The subject of {@code payload}; null: it has none. */
    @Nullable
    String subject(Object payload) {
        Object value = read(payload);
        if (value == null) {
            return null;
        }
        if (hasIdentityText(value.getClass())) {
            throw new InvalidEventException(
                    "PSTEV21007",
                    "cannot publish a " + payloadType.getName() + ": its @Subject is a "
                            + value.getClass().getTypeName()
                            + ", which has no toString of its own, so that each event would have a subject of its own and"
                            + " there would be no order. Give that class a toString, or put @Subject where a text is");
        }
        return value.toString();
    }

    private @Nullable Object read(Object payload) {
        try {
            return subjectMember instanceof Field field
                    ? field.get(payload)
                    : subjectMember instanceof Method method ? method.invoke(payload) : null;
        } catch (InvocationTargetException e) {
            throw unreadable(e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw unreadable(e);
        }
    }

    private InvalidEventException unreadable(Throwable cause) {
        return new InvalidEventException(
                "PSTEV21005", "cannot read the @Subject of a " + payloadType.getName() + ": " + cause, cause);
    }

    private static boolean hasIdentityText(Class<?> type) {
        try {
            return type.getMethod("toString").getDeclaringClass() == Object.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every class has a toString", e);
        }
    }

    /** What is said nearest to the class holds: of two of which neither is the other's subtype, neither. */
    private Set<String> typesSaid(Collection<Class<?>> hierarchy) {
        List<Class<?>> saying = hierarchy.stream()
                .filter(type -> type.getDeclaredAnnotation(EventType.class) != null)
                .toList();
        List<Class<?>> nearest = saying.stream()
                .filter(type -> saying.stream().noneMatch(other -> other != type && type.isAssignableFrom(other)))
                .toList();
        if (nearest.isEmpty()) {
            return Set.of();
        }
        if (nearest.size() > 1) {
            faults.add(payloadType.getName() + " has @EventType from "
                    + nearest.stream().map(Class::getName).collect(Collectors.joining(" and from "))
                    + "; say which holds with @EventType on the class itself");
            return Set.of();
        }
        Set<String> said = new LinkedHashSet<>(
                List.of(nearest.get(0).getDeclaredAnnotation(EventType.class).value()));
        if (said.isEmpty() || said.contains("")) {
            faults.add(nearest.get(0).getName() + " has an @EventType without a type: no event has an empty type");
            return Set.of();
        }
        return said;
    }

    private @Nullable AccessibleObject subjectMember(Collection<Class<?>> hierarchy) {
        Map<String, Member> members = new LinkedHashMap<>();
        for (Class<?> type : hierarchy) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Subject.class)) {
                    addMethod(method, members);
                }
            }
            for (Field field : type.getDeclaredFields()) {
                if (field.isAnnotationPresent(Subject.class)) {
                    addField(field, members);
                }
            }
        }
        if (members.size() > 1) {
            faults.add(payloadType.getName() + " has @Subject at "
                    + members.values().stream().map(PayloadShape::describe).collect(Collectors.joining(" and at "))
                    + "; an event has one subject");
        }
        return members.isEmpty() || !faults.isEmpty()
                ? null
                : accessible((AccessibleObject) members.values().iterator().next());
    }

    private void addMethod(Method method, Map<String, Member> members) {
        if (method.getParameterCount() > 0
                || method.getReturnType() == void.class
                || Modifier.isStatic(method.getModifiers())) {
            faults.add(describe(method)
                    + " has @Subject; it has to be a method of the object, without parameters, that returns something");
        } else {
            // a private method is nobody else's, whatever its name
            members.putIfAbsent(
                    Modifier.isPrivate(method.getModifiers()) ? describe(method) : method.getName() + "()", method);
        }
    }

    private void addField(Field field, Map<String, Member> members) {
        Class<?> owner = field.getDeclaringClass();
        if (Modifier.isStatic(field.getModifiers())) {
            faults.add(describe(field) + " has @Subject and is static; it has to be a part of the object");
        } else if (!owner.isRecord()) {
            Member getter = owner == payloadType ? null : getter(field);
            members.put(describe(field), getter == null ? field : getter);
        } else if (!members.containsKey(field.getName() + "()")) {
            // javac puts the annotation of a component at field and accessor; who wrote the accessor out has it at the
            // field only
            members.put(field.getName() + "()", accessor(field));
        }
    }

    private static Method accessor(Field field) {
        for (RecordComponent component : field.getDeclaringClass().getRecordComponents()) {
            if (component.getName().equals(field.getName())) {
                return component.getAccessor();
            }
        }
        throw new IllegalStateException(field + " is not static and no component of its record");
    }

    /** An ORM's proxy is a subclass whose inherited fields are empty: only its methods lead to the object. */
    private static @Nullable Method getter(Field field) {
        String name = field.getName();
        String capital = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        for (String candidate : List.of("get" + capital, "is" + capital, name)) {
            for (Method method : field.getDeclaringClass().getDeclaredMethods()) {
                if (method.getName().equals(candidate)
                        && method.getParameterCount() == 0
                        && method.getReturnType() == field.getType()
                        && (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0) {
                    return method;
                }
            }
        }
        return null;
    }

    private @Nullable AccessibleObject accessible(AccessibleObject member) {
        try {
            member.setAccessible(true);
            return member;
        } catch (InaccessibleObjectException e) {
            faults.add(payloadType.getName() + ": its @Subject cannot be read: " + e.getMessage());
            return null;
        }
    }

    private static String describe(Member member) {
        return member.getDeclaringClass().getName() + "." + member.getName() + (member instanceof Method ? "()" : "");
    }
}
