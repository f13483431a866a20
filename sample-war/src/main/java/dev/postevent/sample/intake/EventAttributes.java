package dev.postevent.sample.intake;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Collects the attributes of one event, from whichever mode, and builds it.
 *
 * <p>Checks what has to be known to build it at all; every other rule is checked by the publisher, in one place.
 */
final class EventAttributes {
    private final io.cloudevents.core.v1.CloudEventBuilder event = CloudEventBuilder.v1();
    private boolean versionGiven;
    private boolean idGiven;
    private boolean sourceGiven;
    private boolean typeGiven;

    /** Sets a context attribute or, for any other name, an extension attribute of type string. */
    void put(String name, String value) throws Malformed {
        switch (name) {
            case "specversion" -> {
                if (!value.equals("1.0")) {
                    throw new Malformed("specversion must be \"1.0\", found \"" + value + "\"");
                }
                versionGiven = true;
            }
            case "id" -> {
                event.withId(value);
                idGiven = true;
            }
            case "source" -> {
                event.withSource(uri(name, value));
                sourceGiven = true;
            }
            case "type" -> {
                event.withType(value);
                typeGiven = true;
            }
            case "subject" -> event.withSubject(value);
            case "datacontenttype" -> event.withDataContentType(value);
            case "dataschema" -> event.withDataSchema(uri(name, value));
            case "time" -> event.withTime(time(value));
            default -> event.withExtension(extensionName(name), value);
        }
    }

    /** Sets an extension attribute of type boolean. */
    void put(String name, boolean value) throws Malformed {
        event.withExtension(extensionName(name), value);
    }

    /** Sets an extension attribute of type integer. */
    void put(String name, int value) throws Malformed {
        event.withExtension(extensionName(name), value);
    }

    /** Sets the data. */
    void data(byte[] data) {
        event.withData(data);
    }

    /** The event. */
    CloudEvent build() throws Malformed {
        require("specversion", versionGiven);
        require("id", idGiven);
        require("source", sourceGiven);
        require("type", typeGiven);
        return event.build();
    }

    /** Whether this is an attribute whose type the specification gives. */
    static boolean isContextAttribute(String name) {
        return switch (name) {
            case "specversion", "id", "source", "type", "subject", "datacontenttype", "dataschema", "time" -> true;
            default -> false;
        };
    }

    private static void require(String name, boolean given) throws Malformed {
        if (!given) {
            throw new Malformed("the required attribute " + name + " is missing");
        }
    }

    private static String extensionName(String name) throws Malformed {
        if (!name.matches("[a-z0-9]+") || name.equals("data")) {
            throw new Malformed("attribute names are made of a-z and 0-9 and not \"data\", found \"" + name + "\"");
        }
        return name;
    }

    private static URI uri(String name, @Nullable String value) throws Malformed {
        try {
            return new URI(value);
        } catch (URISyntaxException e) {
            throw new Malformed(name + " must be a URI: " + e.getMessage(), e);
        }
    }

    private static OffsetDateTime time(String value) throws Malformed {
        try {
            return Rfc3339.parse(value);
        } catch (DateTimeException e) {
            throw new Malformed(
                    "time must be a timestamp as in RFC 3339, found \"" + value + "\": " + e.getMessage(), e);
        }
    }
}
