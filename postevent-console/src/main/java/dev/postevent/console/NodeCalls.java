package dev.postevent.console;

import dev.postevent.Setting;
import dev.postevent.Subscriptions;
import jakarta.json.JsonObject;

/** Tells what this node was told. */
final class NodeCalls {
    private final Subscriptions subscriptions;
    private final Json json;

    NodeCalls(Subscriptions subscriptions, Json json) {
        this.subscriptions = subscriptions;
        this.json = json;
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
