package dev.postevent.console;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonPointer;
import jakarta.json.JsonValue;
import java.io.InputStream;
import java.util.List;

/** The document that tells others what there is to call, and what it answers. */
final class OpenApi {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonObject document;

    OpenApi() throws Exception {
        try (InputStream stream = Api.class.getResourceAsStream("openapi.json")) {
            document = Json.createReader(stream).readObject();
        }
    }

    JsonObject document() {
        return document;
    }

    /** What the document has at a place. */
    JsonValue at(String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append('/').append(name.replace("~", "~0").replace("/", "~1"));
        }
        JsonPointer pointer = Json.createPointer(text.toString());
        return pointer.getValue(document);
    }

    /** What of an answer is not as the document says; empty: nothing. */
    List<String> faults(String template, String method, int status, String answer) {
        String type = status == 200 ? "application/json" : "application/problem+json";
        JsonObject schema = at(
                        "paths", template, method, "responses", Integer.toString(status), "content", type, "schema")
                .asJsonObject();
        String whole = Json.createObjectBuilder(schema)
                .add("components", document.get("components"))
                .build()
                .toString();
        return SCHEMAS.getSchema(whole).validate(answer, InputFormat.JSON).stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .toList();
    }
}
