package dev.postevent;

/**
 * A topic's source is not the one this application has read so far: restored to the past, or another one under the same name.
 * The topic stands still until a person decides; the message says what was compared.
 *
 * @since 0.1.0
 */
public final class DivergedSourceException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public DivergedSourceException(String message) {
        super("PSTEV33001", message);
    }
}
