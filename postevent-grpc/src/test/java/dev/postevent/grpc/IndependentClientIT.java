package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Somebody who has the published protocol file and nothing else of ours: calls by name, messages by field name, from the
 * descriptor that protoc makes of it.
 */
class IndependentClientIT {
    private static final String SERVICE = "postevent.v1.TopicService";

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Map<String, FileDescriptor> files = descriptors();

    @Test
    void readsEventsByTheProtocolFileAlone() throws Exception {
        try (App shop = Shops.shop(db).start()) {
            EventPublisher orders = shop.get(EventPublisher.class, Topic.Literal.of("orders"));
            CloudEvent event = CloudEventBuilder.v1()
                    .withId("o-1")
                    .withSource(URI.create("/shop"))
                    .withType("order.placed")
                    .withSubject("c-17")
                    .withTime(OffsetDateTime.parse("2026-01-02T03:04:05Z"))
                    .withExtension("priority", 7)
                    .withData("application/json", "{\"item\":\"book\"}".getBytes(StandardCharsets.UTF_8))
                    .build();
            shop.jta().transaction(() -> orders.publish(event));
            shop.jta()
                    .rolledBack(() -> orders.publishNow(
                            CloudEventBuilder.v1(event).withId("never").build()));
            shop.jta()
                    .transaction(() -> orders.publish(
                            CloudEventBuilder.v1(event).withId("o-2").build()));

            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", Shops.port(shop))
                    .usePlaintext()
                    .build();
            try {
                DynamicMessage head = call(channel, "Head", message("HeadRequest", Map.of("topic", "orders")))
                        .next();
                assertThat(get(head, "head")).isEqualTo(3L);

                List<DynamicMessage> entries = new ArrayList<>();
                DynamicMessage summary = read(channel, 0, entries);
                assertThat(get(summary, "settled_through")).isEqualTo(3L);
                assertThat(entries).extracting(entry -> get(entry, "position")).containsExactly(1L, 2L, 3L);
                assertThat(has(entries.get(1), "void")).isTrue();
                DynamicMessage first = (DynamicMessage) get(entries.get(0), "event");
                assertThat(first.getDescriptorForType().getFullName()).isEqualTo("io.cloudevents.v1.CloudEvent");
                assertThat(get(first, "id")).isEqualTo("o-1");
                assertThat(get(first, "source")).isEqualTo("/shop");
                assertThat(get(first, "type")).isEqualTo("order.placed");
                assertThat(get(first, "binary_data").toString()).contains("size=15");
                assertThat(first.toString()).contains("\"subject\"", "c-17", "\"priority\"", "ce_integer: 7");

                Iterator<DynamicMessage> live = call(
                        channel,
                        "Subscribe",
                        message("SubscribeRequest", Map.of("topic", "orders", "consumer", "independent")));
                assertThat(has(live.next(), "welcome")).isTrue();
                shop.jta()
                        .transaction(() -> orders.publish(
                                CloudEventBuilder.v1(event).withId("o-3").build()));
                assertThat(firstAfter(3, live, channel)).contains("o-3");

                assertThat(call(
                                        channel,
                                        "ReportMark",
                                        message(
                                                "ReportMarkRequest",
                                                Map.of("topic", "orders", "consumer", "independent", "mark", 4L)))
                                .hasNext())
                        .isTrue();
                await().atMost(Duration.ofMinutes(4))
                        .until(() -> Shops.report(shop).consumers().stream()
                                .anyMatch(consumer -> consumer.name().equals("anonymous/independent")
                                        && consumer.mark().orElse(-1) == 4
                                        && consumer.connected()));
            } finally {
                channel.shutdownNow();
            }
        }
    }

    /** Reads everything after a position; returns the summary. */
    private DynamicMessage read(ManagedChannel channel, long after, List<DynamicMessage> entries) {
        Iterator<DynamicMessage> answers = call(
                channel,
                "Read",
                message(
                        "ReadRequest",
                        Map.of("topic", "orders", "after", after, "rows_max", 100, "bytes_max", 100_000L)));
        while (answers.hasNext()) {
            DynamicMessage answer = answers.next();
            if (has(answer, "summary")) {
                assertThat(answers.hasNext()).isFalse();
                return (DynamicMessage) get(answer, "summary");
            }
            list(get((DynamicMessage) get(answer, "entries"), "entries"), entries);
        }
        throw new AssertionError("a Read ended without a summary");
    }

    /** The first entry above a position, from the stream, or by a Read where the stream says that it skipped something. */
    private String firstAfter(long after, Iterator<DynamicMessage> live, ManagedChannel channel) {
        while (true) {
            DynamicMessage next = live.next();
            List<DynamicMessage> entries = new ArrayList<>();
            if (has(next, "entries")) {
                list(get((DynamicMessage) get(next, "entries"), "entries"), entries);
            } else if (has(next, "skipped")) {
                read(channel, after, entries);
            } else {
                assertThat(has(next, "heartbeat")).isTrue();
            }
            for (DynamicMessage entry : entries) {
                if ((Long) get(entry, "position") > after) {
                    return entry.toString();
                }
            }
        }
    }

    private Iterator<DynamicMessage> call(ManagedChannel channel, String method, DynamicMessage request) {
        var descriptor =
                file("postevent.proto").findServiceByName("TopicService").findMethodByName(method);
        MethodDescriptor<DynamicMessage, DynamicMessage> call =
                MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
                        .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                        .setFullMethodName(SERVICE + "/" + method)
                        .setRequestMarshaller(new Marshaller(descriptor.getInputType()))
                        .setResponseMarshaller(new Marshaller(descriptor.getOutputType()))
                        .build();
        return ClientCalls.blockingServerStreamingCall(channel, call, CallOptions.DEFAULT, request);
    }

    private DynamicMessage message(String type, Map<String, Object> fields) {
        Descriptor descriptor = file("postevent.proto").findMessageTypeByName(type);
        DynamicMessage.Builder builder = DynamicMessage.newBuilder(descriptor);
        fields.forEach((name, value) -> builder.setField(descriptor.findFieldByName(name), value));
        return builder.build();
    }

    private static Object get(DynamicMessage message, String field) {
        return message.getField(field(message, field));
    }

    private static boolean has(DynamicMessage message, String field) {
        return message.hasField(field(message, field));
    }

    private static FieldDescriptor field(DynamicMessage message, String name) {
        FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
        assertThat(field)
                .as(name + " in " + message.getDescriptorForType().getFullName())
                .isNotNull();
        return field;
    }

    private static void list(Object repeated, List<DynamicMessage> to) {
        for (Object one : (List<?>) repeated) {
            to.add((DynamicMessage) one);
        }
    }

    private FileDescriptor file(String name) {
        return files.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    /** protoc writes what is imported first. */
    private static Map<String, FileDescriptor> descriptors() {
        Map<String, FileDescriptor> made = new HashMap<>();
        try {
            FileDescriptorSet set = FileDescriptorSet.parseFrom(
                    Files.readAllBytes(Path.of(System.getProperty("postevent.descriptor"))));
            for (FileDescriptorProto file : set.getFileList()) {
                FileDescriptor[] imports =
                        file.getDependencyList().stream().map(made::get).toArray(FileDescriptor[]::new);
                made.put(file.getName(), FileDescriptor.buildFrom(file, imports));
            }
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (com.google.protobuf.Descriptors.DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Marshaller(Descriptor type) implements MethodDescriptor.Marshaller<DynamicMessage> {
        @Override
        public InputStream stream(DynamicMessage value) {
            return new ByteArrayInputStream(value.toByteArray());
        }

        @Override
        public DynamicMessage parse(InputStream stream) {
            try {
                return DynamicMessage.parseFrom(type, stream);
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
