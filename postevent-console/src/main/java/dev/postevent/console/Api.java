package dev.postevent.console;

import static dev.postevent.console.Route.Method.GET;
import static dev.postevent.console.Route.Method.POST;

import dev.postevent.HeldFilter;
import dev.postevent.PosteventException;
import dev.postevent.ReplayFrom;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.Attempt;
import dev.postevent.Subscriptions.HeldEvent;
import dev.postevent.Subscriptions.Operation;
import dev.postevent.Subscriptions.ReplayPlan;
import dev.postevent.Subscriptions.Status;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** What {@link Subscriptions} does, as REST: a route for each call. */
final class Api {
    private static final int PAGE = 100;
    private static final int HELD_MAX = 1_000;
    private static final int OPERATIONS_MAX = 1_000;
    private static final Set<String> CONDITIONS =
            Set.of("state", "subject", "type", "cause", "failedBefore", "first", "last", "after", "limit");

    private final ConsoleSettings settings;
    private final Subscriptions subscriptions;
    private final StatusSampler sampler;
    private final Json json;
    private final StatusJson statuses;
    private final List<Route> routes;

    Api(ConsoleSettings settings, Subscriptions subscriptions, StatusSampler sampler, Json json) {
        this.settings = settings;
        this.subscriptions = subscriptions;
        this.sampler = sampler;
        this.json = json;
        this.statuses = new StatusJson(json);
        EventCalls events = new EventCalls(subscriptions, json, new ShownData(settings, json));
        NodeCalls node = new NodeCalls(subscriptions, json);
        this.routes = List.of(
                new Route(GET, "/me", Set.of(), this::me),
                new Route(GET, "/status", Set.of(), call -> statuses.of(sampler.latest())),
                new Route(GET, "/subscriptions/{subscription}", Set.of(), this::subscription),
                new Route(GET, "/subscriptions/{subscription}/held", CONDITIONS, this::held),
                new Route(POST, "/subscriptions/{subscription}/retry", Set.of("reason", "filter"), this::retry),
                new Route(POST, "/subscriptions/{subscription}/skip", Set.of("reason", "filter"), this::skip),
                new Route(POST, "/subscriptions/{subscription}/pause", Set.of("reason"), this::pause),
                new Route(POST, "/subscriptions/{subscription}/resume", Set.of("reason"), this::resume),
                new Route(
                        GET,
                        "/subscriptions/{subscription}/replay",
                        Set.of("from", "position", "time", "dropHeld"),
                        this::planReplay),
                new Route(
                        POST,
                        "/subscriptions/{subscription}/replay",
                        Set.of("reason", "from", "position", "time", "dropHeld"),
                        this::replay),
                new Route(GET, "/subscriptions/{subscription}/held/{position}/attempts", Set.of(), this::attempts),
                new Route(GET, "/operations", Set.of("subscription", "before", "limit"), this::operations),
                new Route(GET, "/undeployed", Set.of(), call -> node.undeployed()),
                new Route(POST, "/undeployed/{subscription}/delete", Set.of("reason"), this::delete),
                new Route(GET, "/warnings", Set.of(), call -> node.warnings()),
                new Route(GET, "/configuration", Set.of(), call -> node.configuration()),
                new Route(GET, "/topics/{topic}/events", EventCalls.CONDITIONS, events::events),
                new Route(GET, "/topics/{topic}/events/{position}", Set.of(), events::event),
                new Route(GET, "/openapi.json", Set.of(), call -> json.resource("openapi.json")));
    }

    List<Route> routes() {
        return routes;
    }

    private JsonObject me(Call call) {
        return json.fields()
                .add("user", call.caller().name())
                .texts(
                        "roles",
                        Stream.of(Role.values())
                                .filter(call.caller()::may)
                                .map(role -> role == Role.READ ? "read" : "operate")
                                .toList())
                .add("node", sampler.latest().report().node())
                .text("version", Optional.ofNullable(Api.class.getPackage().getImplementationVersion()))
                .text("environment", settings.environment())
                .add("payload", settings.payload().toString())
                .build();
    }

    private JsonObject subscription(Call call) {
        Status status = subscriptions.status(call.name("subscription"));
        return statuses.of(status, subscriptions.explain(status), sampler.history(status.name()));
    }

    private JsonObject held(Call call) {
        HeldFilter filter = Body.filter(
                call.name("subscription"),
                call.texts("state"),
                new Body.Conditions(
                        call.text("subject"),
                        call.text("type"),
                        call.text("cause"),
                        call.time("failedBefore"),
                        call.number("first", 1, Long.MAX_VALUE),
                        call.number("last", 1, Long.MAX_VALUE)));
        int limit = (int) call.number("limit", 1, HELD_MAX).orElse(PAGE);
        List<HeldEvent> page = subscriptions.held(
                filter, call.number("after", 0, Long.MAX_VALUE).orElse(0), limit);
        return json.fields()
                .add("count", subscriptions.countHeld(filter))
                .objects("items", page.stream().map(this::held).toList())
                .number("next", page.size() < limit ? OptionalLong.empty() : last(page))
                .build();
    }

    private static OptionalLong last(List<HeldEvent> page) {
        return OptionalLong.of(page.get(page.size() - 1).position());
    }

    private Fields held(HeldEvent event) {
        return json.fields()
                .add("position", event.position())
                .text("eventId", event.eventId())
                .text("subject", event.subject())
                .text("type", event.type())
                .add("state", event.state().name())
                .add("attempts", event.attempts())
                .time("nextAttempt", event.nextAttempt())
                .time("failingSince", event.failingSince())
                .time("givesUp", event.givesUp())
                .text("cause", event.cause());
    }

    private JsonObject attempts(Call call) {
        List<Attempt> attempts = subscriptions.attempts(call.name("subscription"), call.position("position"));
        return json.fields()
                .objects("items", attempts.stream().map(this::attempt).toList())
                .build();
    }

    private Fields attempt(Attempt attempt) {
        return json.fields()
                .add("number", attempt.number())
                .add("at", attempt.at())
                .add("node", attempt.node())
                .add("durationMillis", attempt.duration().toMillis())
                .add("cause", attempt.cause())
                .text("stack", attempt.stack());
    }

    private JsonObject retry(Call call) {
        return changed(subscriptions.retryAll(Body.filter(call.name("subscription"), call.body()), call.operator()));
    }

    private JsonObject skip(Call call) {
        return changed(subscriptions.skipAll(Body.filter(call.name("subscription"), call.body()), call.operator()));
    }

    private JsonObject pause(Call call) {
        subscriptions.pause(call.name("subscription"), call.operator());
        return changed(1);
    }

    private JsonObject resume(Call call) {
        subscriptions.resume(call.name("subscription"), call.operator());
        return changed(1);
    }

    private JsonObject delete(Call call) {
        subscriptions.delete(call.name("subscription"), call.operator());
        return changed(1);
    }

    private JsonObject changed(long changed) {
        return json.fields().add("changed", changed).build();
    }

    private JsonObject planReplay(Call call) {
        ReplayFrom from = Body.from(
                call.text("from"),
                call.number("position", 1, Long.MAX_VALUE),
                call.time("time"),
                call.flag("dropHeld"));
        ReplayPlan plan = subscriptions.planReplay(call.name("subscription"), from);
        return json.fields()
                .add("firstPosition", plan.firstPosition())
                .add("mark", plan.mark())
                .add("events", plan.events())
                .add("exact", plan.exact())
                .add("heldDropped", plan.heldDropped())
                .build();
    }

    private JsonObject replay(Call call) {
        JsonObject body = call.body();
        ReplayFrom from = Body.from(
                Body.text(body, "from"),
                Body.number(body, "position"),
                Body.text(body, "time").map(text -> Call.time("time", text)),
                Body.flag(body, "dropHeld"));
        subscriptions.replay(call.name("subscription"), from, call.operator());
        return changed(1);
    }

    private JsonObject operations(Call call) {
        long before = call.number("before", 1, Long.MAX_VALUE).orElse(Long.MAX_VALUE);
        int limit = (int) call.number("limit", 1, OPERATIONS_MAX).orElse(PAGE);
        List<Operation> page = call.text("subscription")
                .map(name -> subscriptions.operations(name, before, limit))
                .orElseGet(() -> subscriptions.operations(before, limit));
        return json.fields()
                .objects("items", page.stream().map(this::operation).toList())
                .number(
                        "next",
                        page.size() < limit
                                ? OptionalLong.empty()
                                : OptionalLong.of(page.get(page.size() - 1).id()))
                .build();
    }

    private Fields operation(Operation operation) {
        return json.fields()
                .add("id", operation.id())
                .add("subscription", operation.subscription())
                .add("action", operation.action().name())
                .add("what", operation.what())
                .add("operator", operation.operator())
                .add("reason", operation.reason())
                .add("node", operation.node())
                .add("began", operation.began())
                .time("ended", operation.ended())
                .add("changed", operation.changed());
    }

    /**
     * Answers a call of a route.
     *
     * @throws Problem if that cannot be
     */
    static JsonObject answer(Route route, Call call) {
        try {
            return route.handler().apply(call);
        } catch (PosteventException e) {
            throw Problem.of(e);
        } catch (IllegalArgumentException e) {
            throw Problem.of(e);
        }
    }
}
