package dev.postevent.spi;

import java.util.List;

/**
 * The configuration keys of a JAR that stands beside the library and is no {@link Transport}, so that a deployment with them is not
 * refused for keys that nobody reads. Found by {@link java.util.ServiceLoader}.
 *
 * <pre>{@code
 * public final class LoftKeys implements ModuleKeys {
 *     @Override
 *     public List<ConfigKey> keys() {
 *         return List.of(ConfigKey.of("postevent.loft.door", "open, shut", "Whether pigeons may come in."));
 *     }
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public interface ModuleKeys {

    /** All of them. */
    List<ConfigKey> keys();
}
