package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document has exactly the calls that the code has. What they answer is held against it by ConsoleIT. */
class OpenApiTest {
    private static final ConsoleSettings SETTINGS =
            new ConsoleSettings(ConsoleSettings.Payload.LIMITED, 64, List.of(), Optional.empty());

    private final OpenApi openApi = new OpenApi();
    private final List<Route> routes = new Api(SETTINGS, null, null, new Json()).routes();

    OpenApiTest() throws Exception {}

    @Test
    void everyCallIsThereAndNoOther() {
        Set<String> documented = new TreeSet<>();
        openApi.at("paths")
                .asJsonObject()
                .forEach((path, methods) -> methods.asJsonObject()
                        .keySet()
                        .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        assertThat(documented)
                .isEqualTo(routes.stream()
                        .map(route -> route.method() + " " + route.template())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void eachTakesWhatItTakesAndFromWhom() {
        for (Route route : routes) {
            JsonObject call = call(route);
            Set<String> path = parameters(call, "path");
            assertThat(path.stream().map(name -> "{" + name + "}").collect(Collectors.toSet()))
                    .as(route.template())
                    .isEqualTo(Stream.of(route.template().split("/"))
                            .filter(part -> part.startsWith("{"))
                            .collect(Collectors.toSet()));
            Set<String> taken = route.method() == Route.Method.GET
                    ? parameters(call, "query")
                    : openApi.at(
                                    "paths",
                                    route.template(),
                                    "post",
                                    "requestBody",
                                    "content",
                                    "application/json",
                                    "schema",
                                    "properties")
                            .asJsonObject()
                            .keySet();
            assertThat(taken).as(route.method() + " " + route.template()).isEqualTo(route.takes());
            assertThat(call.getJsonArray("security").toString())
                    .as(route.template())
                    .contains(route.method().role().roleName());
        }
    }

    private JsonObject call(Route route) {
        return openApi.at("paths", route.template(), route.method().name().toLowerCase(Locale.ROOT))
                .asJsonObject();
    }

    private static Set<String> parameters(JsonObject call, String in) {
        return call.getJsonArray("parameters").stream()
                .map(JsonValue::asJsonObject)
                .filter(parameter -> parameter.getString("in").equals(in))
                .map(parameter -> parameter.getString("name"))
                .collect(Collectors.toSet());
    }
}
