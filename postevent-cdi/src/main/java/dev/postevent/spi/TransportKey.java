package dev.postevent.spi;

/**
 * A configuration key that a transport reads.
 *
 * @param name begins with {@code postevent.}; {@code <topic>} in it stands for any topic name
 * @param defaultValue as text; empty: none
 * @param allowed unit and bounds, or the values it may have
 * @param meaning what it does, for docs/configuration.md
 * @since 0.1.0
 */
public record TransportKey(String name, String defaultValue, String allowed, String meaning) {}
