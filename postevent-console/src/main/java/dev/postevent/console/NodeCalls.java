package dev.postevent.console;

import dev.postevent.Setting;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.Undeployed;
import dev.postevent.Warning;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Tells what this node was told, what its databases warn of, and what is stored and not deployed. */
final class NodeCalls {
    /** How old a warning may be, and how long one that is over may stay. */
    private static final Duration WARNINGS_AGE = Duration.ofSeconds(10);

    private final Subscriptions subscriptions;
    private final Json json;
    private final Remembered<Warned> warned;

    NodeCalls(Subscriptions subscriptions, Json json) {
        this.subscriptions = subscriptions;
        this.json = json;
        this.warned = new Remembered<>(
                WARNINGS_AGE, () -> new Warned(Instant.now(), subscriptions.warnings()), System::nanoTime);
    }

    /** Warnings, and when they were asked for. */
    private record Warned(Instant at, List<Warning> warnings) {
        Warned {
            warnings = List.copyOf(warnings);
        }
    }

    JsonObject warnings() {
        Warned latest = warned.latest();
        return json.fields()
                .add("at", latest.at())
                .objects("items", latest.warnings().stream().map(this::warning).toList())
                .build();
    }

    private Fields warning(Warning warning) {
        return json.fields()
                .add("kind", warning.kind().name())
                .add("level", warning.level().name())
                .add("fact", warning.fact())
                .add("next", warning.next());
    }

    JsonObject undeployed() {
        return json.fields()
                .objects(
                        "items",
                        subscriptions.undeployed().stream().map(this::left).toList())
                .build();
    }

    private Fields left(Undeployed left) {
        return json.fields()
                .add("name", left.name())
                .add("topic", left.topic())
                .add("handled", left.handled())
                .add("held", left.held())
                .texts("nodes", left.nodes().stream().sorted().toList());
    }

    JsonObject configuration() {
        return json.fields()
                .objects(
                        "items",
                        subscriptions.settings().stream().map(this::setting).toList())
                .build();
    }

    private Fields setting(Setting setting) {
        Fields fields = json.fields()
                .add("name", setting.name())
                .text("value", setting.value())
                .add("secret", setting.secret())
                .text("default", setting.defaultValue())
                .add("allowed", setting.allowed())
                .add("meaning", setting.meaning());
        setting.source()
                .ifPresent(source -> fields.object(
                        "source", json.fields().add("name", source.name()).add("ordinal", source.ordinal())));
        return fields;
    }
}
